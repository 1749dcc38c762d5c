//! Links the helper's start in its order.

include!("../../xtask/order/link.rs");

fn main() {
    link_in_start_order(std::path::Path::new("start-order.txt"));
}
