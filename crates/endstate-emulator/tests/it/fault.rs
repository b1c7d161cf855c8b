//! Tests of the syntax of faults, and of the errors for wrong ones.

use std::collections::BTreeSet;
use std::time::Duration;

use endstate_emulator::{Emulator, Fault};
use proptest::prelude::*;

#[test]
fn the_list_of_faults_names_each_with_its_value_and_defaults() {
    insta::assert_snapshot!(Fault::help(), @"
    NAME[@PAGE|@every][*TIMES|*forever][=VALUE]; repeat to script several, each on its own page.

      throttled[=SECONDS|date|none]    page 2, once: 429 with Retry-After: seconds (1), a decimal number, an HTTP date one second ahead, or no header
      status[=CODE]                    page 2, once: that status (503) with an error body; 400 to 599
      unauthorized                     page 2, once: 401, as if the token had expired; `*forever` also refuses new tokens
      forbidden                        page 2, forever: 403 with the error body
      refused[=SECONDS]                page 2, once: the port refuses connections for a while (0.3) when the page is requested
      reset-before-head                page 2, once: the connection is reset before the response begins
      reset-in-body                    page 2, once: the connection is reset in mid-body
      stalled                          page 2, once: the body stops in the middle and the connection stays open
      drip[=SECONDS]                   page 2, forever: the body comes in pieces of 4 KiB with a pause (0.02) before each (a valid response)
      late[=SECONDS]                   page 2, once: the response begins after a while (0.5; a valid response)
      short-body                       page 2, once: the connection is closed before Content-Length is reached
      cut-json                         page 2, once: the JSON is cut off in a clean 200
      in-stream-error                  page 2, once: a 200 whose document holds items and an error object
      html                             page 2, forever: a 200 with the HTML of a captive portal
      invalid-utf8                     page 2, once: a byte that is not UTF-8
      endless                          page 2, forever: a body that never ends
      gzip-bomb[=MIB]                  page 2, forever: a small body that decompresses to many MiB (64)
      empty-page                       page 2, once: an empty page in the middle (a valid response)
      repeated-link                    page 2, forever: a next link that leads to its own page
      cycle                            page 3, forever: a next link that leads to the previous page
      growing-links                    page 2, forever: links that grow without end and return the same devices (microsoft-365-docs#8316)
      missing-link                     page 2, forever: no next link, although the count is not reached
      overlap[=DEVICES]                every page, forever: each page begins with the last devices (1) of the previous page (a valid response)
      conflict                         page 2, forever: a device of the previous page again, with different contents
      foreign-link[=ORIGIN]            page 2, forever: a next link to another origin (https://evil.example)
      look-alike-link                  page 2, forever: a next link to a host that begins like the right one
      userinfo-link                    page 2, forever: a next link with the right host as a user name: right@wrong
      plain-http-link                  page 2, forever: a next link to plain http
      redirect[=ORIGIN]                page 2, forever: 302 to another origin (https://evil.example)
      expired[=410|404]                page 2, forever: the continuation has expired (410)
      not-found                        page 1, forever: 404 on the first page
      link-last                        every page, forever: the next link comes after `value` (a valid response)
      bad-item                         page 2, forever: an item that is not a device state
      nested-link                      page 2, forever: a list inside an item that continues at its own next link
      escaped-nested-link              page 2, forever: the same, with the letters of its name written as JSON escapes
      two-links                        page 2, once: two next links that differ, one under each name
      two-counts                       page 2, once: two counts that differ
      two-lists                        page 2, once: two lists of items, the second one empty
      spelled-count                    every page, forever: a count such as 444.0 (a valid response)
      odd-items                        page 2, forever: devices with builds that cannot be read and with lists that are null
      tiny-items[=ITEMS]               page 2, forever: many items (20000) of two bytes
      gzip-members                     every page, forever: gzip of several members (a valid response)
      echo                             page 2, forever: 403 with an error that repeats the token of the request
      unknown-values                   page 2, forever: properties and values that are not documented (a valid response)
    ");
}

#[test]
fn every_name_is_a_fault_with_and_without_page_and_times() {
    for name in Fault::names() {
        for text in [name.to_owned(), format!("{name}@7"), format!("{name}@7*3"), format!("{name}*forever")] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
        }
    }
}

/// One of each constructor, with the value that its name has by default.
fn scripted() -> Vec<Fault> {
    vec![
        Fault::throttled(),
        Fault::throttled_for(Duration::from_millis(500)),
        Fault::throttled_until_date(),
        Fault::throttled_without_delay(),
        Fault::status(503).unwrap(),
        Fault::unauthorized(),
        Fault::forbidden(),
        Fault::refused(Duration::from_millis(300)),
        Fault::reset_before_head(),
        Fault::reset_in_body(),
        Fault::stalled(),
        Fault::drip(Duration::from_millis(20)),
        Fault::late(Duration::from_millis(500)),
        Fault::short_body(),
        Fault::cut_json(),
        Fault::in_stream_error(),
        Fault::html(),
        Fault::invalid_utf8(),
        Fault::endless(),
        Fault::gzip_bomb(64),
        Fault::empty_page(),
        Fault::repeated_link(),
        Fault::cycle(),
        Fault::growing_links(),
        Fault::missing_link(),
        Fault::overlap(1),
        Fault::conflict(),
        Fault::foreign_link("https://evil.example").unwrap(),
        Fault::look_alike_link(),
        Fault::userinfo_link(),
        Fault::plain_http_link(),
        Fault::redirect("https://evil.example").unwrap(),
        Fault::expired(),
        Fault::expired_as_not_found(),
        Fault::not_found(),
        Fault::link_last(),
        Fault::bad_item(),
        Fault::nested_link(),
        Fault::escaped_nested_link(),
        Fault::two_links(),
        Fault::two_counts(),
        Fault::two_lists(),
        Fault::spelled_count(),
        Fault::odd_items(),
        Fault::tiny_items(20_000),
        Fault::gzip_members(),
        Fault::echo(),
        Fault::unknown_values(),
    ]
}

#[test]
fn each_fault_has_a_constructor_that_does_the_same_as_its_text() {
    let name = |text: &str| text.split(['@', '*', '=']).next().unwrap().to_owned();
    let names: BTreeSet<_> = scripted().iter().map(|fault| name(&fault.to_string())).collect();
    assert_eq!(names, Fault::names().map(ToOwned::to_owned).collect());

    let others = ["throttled=0.5", "throttled=date", "throttled=none", "expired=404"];
    for fault in scripted() {
        let text = fault.to_string();
        assert_eq!(text.parse::<Fault>().unwrap(), fault, "{text}");
        let by_name = name(&text).parse::<Fault>().unwrap();
        assert_eq!(by_name == fault, !others.contains(&text.as_str()), "{text}");
        for changed in [fault.clone().on_page(7).times(3), fault.clone().on_every_page().forever(), fault] {
            assert_eq!(changed.to_string().parse::<Fault>().unwrap(), changed, "{changed}");
        }
    }
    assert_eq!(Fault::throttled().on_page(0).times(0), Fault::throttled().on_page(1).times(1));
    assert!(Fault::status(200).is_err() && Fault::redirect("evil.example").is_err());
}

#[test]
fn a_port_that_refuses_on_every_page_refuses() {
    let fault = Fault::refused(Duration::from_secs(60)).on_every_page().forever();
    let emulator = Emulator::builder().faults([fault]).start_blocking().unwrap();
    let address = emulator.service_root().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let error = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(emulator.unused_faults().len(), 0);
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
    unknown fault ''
    unknown fault 'throtled'
    invalid fault 'throttled@0': PAGE must be a whole number from 1, or 'every', not '0'
    invalid fault 'throttled@x': PAGE must be a whole number from 1, or 'every', not 'x'
    invalid fault 'throttled*0': TIMES must be a whole number from 1, or 'forever', not '0'
    invalid fault 'throttled*-1': TIMES must be a whole number from 1, or 'forever', not '-1'
    invalid fault 'throttled=soon': VALUE must be a number of seconds
    invalid fault 'throttled@2@3': PAGE must be a whole number from 1, or 'every', not '2@3'
    invalid fault 'status=200': VALUE must be a status from 400 to 599
    invalid fault 'status=x': VALUE must be a status from 400 to 599
    invalid fault 'html=1': this fault takes no value, but has '1'
    invalid fault 'expired=403': VALUE must be 410 or 404
    invalid fault 'foreign-link=evil.example': VALUE must be an origin, such as https://evil.example
    invalid fault 'gzip-bomb=0': VALUE must be a whole number from 1
    invalid fault 'refused=-1': VALUE must be a number of seconds
    unknown fault 'help'
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
