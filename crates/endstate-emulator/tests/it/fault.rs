//! How faults are written, and that each is understood strictly.

use endstate_emulator::Fault;
use proptest::prelude::*;

#[test]
fn the_list_of_faults_names_each_with_its_value_and_defaults() {
    insta::assert_snapshot!(Fault::help(), @"
    NAME[@PAGE][*TIMES|*forever][=VALUE]; several may be given, and each acts on its own page.

      throttled[=SECONDS|date|none]    page 2, once: 429 with Retry-After: seconds (1), a decimal, a date a second away, or none
      status[=CODE]                    page 2, once: that status (503) with an error body; 400 to 599
      unauthorized                     page 2, once: 401, as after a token expired; `*forever` never accepts it again
      forbidden                        page 2, for ever: 403 with the error body
      refused[=SECONDS]                page 2, once: nobody listens for a while (0.3) when the page is asked for
      reset-before-head                page 2, once: the connection is reset before the answer begins
      reset-in-body                    page 2, once: the connection is reset in mid-body
      stalled                          page 2, once: the body stops in the middle and the connection stays open
      drip[=SECONDS]                   page 2, for ever: the body comes in pieces of 4 KiB with a pause (0.02) before each; legal
      short-body                       page 2, once: the connection is closed before Content-Length is reached
      cut-json                         page 2, once: the JSON is cut off in a clean 200
      in-stream-error                  page 2, once: a 200 whose document holds items and an error object
      html                             page 2, for ever: a 200 with the HTML of a captive portal
      invalid-utf8                     page 2, once: a byte that is not UTF-8
      endless                          page 2, for ever: a body without end
      gzip-bomb[=MIB]                  page 2, for ever: a small body that decompresses to many MiB (64)
      empty-page                       page 2, once: an empty page in the middle; legal
      repeated-link                    page 2, for ever: a next link that leads to its own page
      cycle                            page 3, for ever: a next link that leads to the page before
      growing-links                    page 2, for ever: links that grow for ever and bring the same devices (microsoft-365-docs#8316)
      missing-link                     page 2, for ever: no next link, below the count
      overlap[=DEVICES]                every page, for ever: each page begins with the last devices (1) of the one before; legal
      conflict                         page 2, for ever: a device of the page before again, with other contents
      foreign-link[=ORIGIN]            page 2, for ever: a next link to another origin (https://evil.example)
      look-alike-link                  page 2, for ever: a next link to a host that begins like the right one
      userinfo-link                    page 2, for ever: a next link with the right host as a user name: right@wrong
      plain-http-link                  page 2, for ever: a next link to plain http
      redirect[=ORIGIN]                page 2, for ever: 302 to another origin (https://evil.example)
      expired[=410|404]                page 2, for ever: the continuation has expired (410)
      not-found                        page 1, for ever: 404 on the first page
      link-last                        every page, for ever: the next link stands behind `value`; legal
      bad-item                         page 2, for ever: an item that is not a device state
      nested-link                      page 2, for ever: a list inside an item that goes on at a link of its own
      unknown-values                   page 2, for ever: properties and values that no document names; legal
    ");
}

#[test]
fn every_name_is_a_fault_by_itself_and_with_page_and_times() {
    for name in Fault::names() {
        for text in [name.to_owned(), format!("{name}@7"), format!("{name}@7*3"), format!("{name}*forever")] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
        }
    }
}

#[test]
fn a_fault_that_is_written_wrongly_says_what_is_wrong() {
    let wrong = [
        "",
        "throtled",
        "throttled@0",
        "throttled@x",
        "throttled*0",
        "throttled*-1",
        "throttled=soon",
        "throttled@2@3",
        "status=200",
        "status=x",
        "html=1",
        "expired=403",
        "foreign-link=evil.example",
        "gzip-bomb=0",
        "refused=-1",
        "help",
    ];
    let errors: Vec<_> = wrong.iter().map(|text| text.parse::<Fault>().unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    '' is not a fault: there is no fault ''; `help` lists them
    'throtled' is not a fault: there is no fault 'throtled'; `help` lists them
    'throttled@0' is not a fault: PAGE has to be a whole number from 1, and is '0'; `help` lists them
    'throttled@x' is not a fault: PAGE has to be a whole number from 1, and is 'x'; `help` lists them
    'throttled*0' is not a fault: TIMES has to be a whole number from 1, and is '0'; `help` lists them
    'throttled*-1' is not a fault: TIMES has to be a whole number from 1, and is '-1'; `help` lists them
    'throttled=soon' is not a fault: its value is a number of seconds; `help` lists them
    'throttled@2@3' is not a fault: PAGE has to be a whole number from 1, and is '2@3'; `help` lists them
    'status=200' is not a fault: its value is a status from 400 to 599; `help` lists them
    'status=x' is not a fault: its value is a status from 400 to 599; `help` lists them
    'html=1' is not a fault: it takes no value, and has '1'; `help` lists them
    'expired=403' is not a fault: its value is 410 or 404; `help` lists them
    'foreign-link=evil.example' is not a fault: its value is an origin, such as https://evil.example; `help` lists them
    'gzip-bomb=0' is not a fault: its value is a whole number from 1; `help` lists them
    'refused=-1' is not a fault: its value is a number of seconds; `help` lists them
    'help' is not a fault: there is no fault 'help'; `help` lists them
    ");
}

proptest! {
    #[test]
    fn any_text_is_a_fault_or_an_error_and_a_fault_is_shown_as_it_was_written(
        text in "\\PC{0,30}|(throttled|refused|drip|overlap|status)(@[0-9]{0,3})?(\\*[0-9a-z]{0,7})?(=[0-9.]{0,30})?"
    ) {
        if let Ok(fault) = text.parse::<Fault>() {
            prop_assert_eq!(fault.to_string(), text);
        }
    }
}
