use ts_rs::{Config, TS, TypeVisitor};

use crate::{Failure, ProfilesChanged, commands};

/// The whole of `ui/src/backend/wire.ts`: every type that crosses, and the map of commands. `cargo xtask types`
/// writes it and a test fails when the file differs.
pub fn typescript() -> String {
    // Sizes reach 50 TB, which a double holds exactly (2^53).
    let config = Config::new().with_large_int("number");
    let mut declared = Declared {
        config: Config::new().with_large_int("number"),
        types: Vec::new(),
    };
    commands::visit_types(&mut declared);
    declared.visit::<Failure>();
    declared.visit::<ProfilesChanged>();
    declared.types.sort();
    declared.types.dedup();

    let mut text =
        String::from("// Written by `cargo xtask types` from crates/wire. Do not edit.\n\n");
    for (_, declaration) in &declared.types {
        text.push_str("export ");
        text.push_str(declaration);
        text.push('\n');
    }
    text.push_str("\nexport interface Commands {\n");
    for [name, request, answer, event] in commands::command_types(&config) {
        text.push_str(&format!(
            "  {name}: {{ request: {request}; answer: {answer}; event: {event} }};\n"
        ));
    }
    text.push_str("}\n");
    text
}

/// Collects each named type once, with all that it refers to.
struct Declared {
    config: Config,
    types: Vec<(String, String)>,
}

impl TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Built-in types have no place of their own and are only passed through for what they hold.
        if T::output_path().is_some() {
            let name = T::name(&self.config);
            if self.types.iter().any(|(known, _)| *known == name) {
                return;
            }
            self.types.push((name, T::decl(&self.config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
