//! Tests of the syntax of the faults of today's APIs, and of the errors for wrong ones.

use endstate_emulator::{DefenderFault, Emulator};
use proptest::prelude::*;
use reqwest::Client;

use super::machines::send;
use super::service::get;

#[test]
fn the_list_of_faults_names_each_with_its_default() {
    insta::assert_snapshot!(DefenderFault::help(), @"
    NAME[*TIMES|*forever][=VALUE]; repeat to script several.

      preempted          once: hunting for devices: 400, the query was preempted
      result-size        once: hunting for devices: 400, the result is too large
      hunting-500        once: hunting for devices: 500 with an empty message
      hunting-502        once: hunting for devices: 502 with the HTML of a proxy
      row-limit[=ROWS]   forever: hunting for devices: rows after this many (10) are cut off without an error
      missing-table      forever: hunting for devices: 400, a table is not known, as without its license
      hunting-403        forever: hunting: 403, the permission is missing
      rows-apart         forever: assessments: the rows of some devices come in two distant places (a valid response)
      lost-page          once: assessments: a next link leads past a page of rows
      expired-url        once: export: the URLs of the files have expired
      cut-gzip           once: export: a file is cut off in a clean 200
      changed-generation forever: export: each call after the first has a new generation of files, and the old files are gone
      machines-403       forever: machines: 403 with the error body
      machines-404       forever: machines: 404, as if no device were there
    ");
}

#[test]
fn each_fault_of_today_has_a_constructor_that_does_the_same_as_its_text() {
    let scripted = [
        DefenderFault::preempted(),
        DefenderFault::result_size(),
        DefenderFault::hunting_500(),
        DefenderFault::hunting_502(),
        DefenderFault::row_limit(10),
        DefenderFault::missing_table(),
        DefenderFault::hunting_403(),
        DefenderFault::rows_apart(),
        DefenderFault::lost_page(),
        DefenderFault::expired_url(),
        DefenderFault::cut_gzip(),
        DefenderFault::changed_generation(),
        DefenderFault::machines_403(),
        DefenderFault::machines_404(),
    ];

    let names: Vec<_> = DefenderFault::names().collect();
    assert_eq!(scripted.len(), names.len());
    for (fault, name) in scripted.into_iter().zip(names) {
        assert_eq!(name.parse::<DefenderFault>().unwrap(), fault);
        for changed in [fault.clone().times(3), fault.clone().forever(), fault] {
            assert_eq!(changed.to_string().parse::<DefenderFault>().unwrap(), changed, "{changed}");
        }
    }
}

#[test]
fn every_name_is_a_fault_with_and_without_times() {
    for name in DefenderFault::names() {
        for text in [name.to_owned(), format!("{name}*3"), format!("{name}*forever")] {
            let fault: DefenderFault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
        }
    }
}

#[test]
fn a_fault_that_is_written_wrongly_says_what_is_wrong() {
    let wrong = ["", "preempt", "preempted*0", "preempted*x", "preempted=1", "row-limit=many", "lost-page@2"];
    let errors: Vec<_> = wrong.iter().map(|text| text.parse::<DefenderFault>().unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    unknown fault ''
    unknown fault 'preempt'
    invalid fault 'preempted*0': TIMES must be a whole number from 1, or 'forever', not '0'
    invalid fault 'preempted*x': TIMES must be a whole number from 1, or 'forever', not 'x'
    invalid fault 'preempted=1': this fault takes no value, but has '1'
    invalid fault 'row-limit=many': VALUE must be a whole number
    unknown fault 'lost-page@2'
    ");
}

#[tokio::test]
async fn a_reset_lets_a_fault_come_again() {
    let fault: DefenderFault = "machines-404*1".parse().unwrap();
    let emulator = Emulator::builder().devices(3).defender_faults([fault]).start().await.unwrap();
    let url = format!("{}/machines", emulator.defender_root());
    assert_eq!(send(get(&url)).await.0, 404);
    assert_eq!(send(get(&url)).await.0, 200);
    let reset = emulator.defender_root().replace("/api", "/_emulator/reset");
    Client::builder().no_proxy().build().unwrap().post(reset).send().await.unwrap();
    assert_eq!(send(get(&url)).await.0, 404);
}

proptest! {
    #[test]
    fn any_text_is_a_fault_or_an_error_and_keeps_its_text(
        text in "\\PC{0,30}|(preempted|row-limit|rows-apart)(\\*[0-9a-z]{0,7})?(=[0-9.]{0,30})?"
    ) {
        if let Ok(fault) = text.parse::<DefenderFault>() {
            prop_assert_eq!(fault.to_string(), text);
        }
    }
}
