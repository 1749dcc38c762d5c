use crate::support::Home;

#[test]
fn a_profile_without_a_key_is_told_in_one_line_and_nothing_is_printed() {
    let home = Home::new();
    for arguments in [["--profile", "media"], ["--id", "4f9a"]] {
        let ran = home.run(&[&["credential-process"], &arguments as &[&str]].concat());
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.starts_with("keywell: "), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}
