//! The README's transcript is what the program prints.

use super::program::Program;

#[test]
fn the_transcript_in_the_readme_is_true() {
    let readme = include_str!("../../../../README.md");
    let transcripts: Vec<_> =
        readme.split("```console\n$ endstate ").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!transcripts.is_empty(), "the README has a transcript");
    for transcript in transcripts {
        let (command, expected) = transcript.split_once('\n').unwrap();
        let arguments: Vec<_> = command.split(' ').collect();
        let ran = Program::new().run(&arguments);
        assert_eq!(ran.stdout, expected, "of `endstate {command}`");
    }
}

#[test]
fn the_first_example_of_the_crates_readme_runs() {
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```console\n$ endstate ").unwrap();
    let arguments: Vec<_> = example.lines().next().unwrap().split(' ').collect();
    assert_eq!(Program::new().run(&arguments).code, Some(0));
}
