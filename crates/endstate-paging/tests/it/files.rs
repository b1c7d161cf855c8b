//! Pulls of files over scripted answers: which requests are sent, which lines count, and what each
//! failure leads to.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::test_util::ManualClock;
use endstate_paging::{
    Budget, Canceller, FetchError, FetchErrorKind, FileList, FilePull, FileReader, FileTransport, Files, PageResponse,
    RetryPolicy,
};
use futures_util::future::{FutureExt, pending};
use futures_util::stream;

use super::block_on;

/// Answers lists and files in order, and records what was requested. The list `silence` never
/// arrives.
#[derive(Debug, Default)]
struct Script {
    lists: Mutex<VecDeque<Result<&'static str, FetchError>>>,
    files: Mutex<VecDeque<Result<&'static str, FetchError>>>,
    requests: Mutex<Vec<String>>,
    /// Cancels this pull while the last file is arriving.
    canceller: Canceller,
}

impl Script {
    fn new(
        lists: impl IntoIterator<Item = &'static str>,
        files: impl IntoIterator<Item = Result<&'static str, FetchError>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            lists: Mutex::new(lists.into_iter().map(Ok).collect()),
            files: Mutex::new(files.into_iter().collect()),
            ..Self::default()
        })
    }

    fn requests(&self) -> String {
        self.requests.lock().unwrap().join(" ")
    }
}

/// A body that arrives in two chunks. One that ends in `!` breaks off there.
fn response(body: &str) -> PageResponse {
    let is_cut = body.ends_with('!');
    let body = body.trim_end_matches('!');
    let (head, tail) = body.split_at(body.len() / 2);
    let mut chunks: Vec<_> = [head, tail].map(|chunk| Ok(Bytes::from(chunk.to_owned()))).into();
    if is_cut {
        chunks.push(Err(FetchError::new(FetchErrorKind::Interrupted, "the file broke off")));
    }
    PageResponse::new(stream::iter(chunks))
}

#[async_trait]
impl FileTransport for Script {
    async fn list(&self) -> Result<PageResponse, FetchError> {
        self.requests.lock().unwrap().push("list".to_owned());
        let answer = self.lists.lock().unwrap().pop_front().unwrap();
        if answer.as_ref().is_ok_and(|list| *list == "silence") {
            pending::<()>().await;
        }
        answer.map(response)
    }

    fn check(&self, file: &PageUrl) -> Result<(), FetchError> {
        if file.as_str().starts_with("https://storage/") {
            return Ok(());
        }
        Err(FetchError::new(FetchErrorKind::LinkRefused, format!("{file} is not in the storage")))
    }

    async fn open(&self, file: &PageUrl) -> Result<PageResponse, FetchError> {
        self.requests.lock().unwrap().push(file.as_str().trim_start_matches("https://storage/").to_owned());
        let answer = self.files.lock().unwrap().pop_front().unwrap();
        if self.files.lock().unwrap().is_empty() {
            self.canceller.cancel();
        }
        answer.map(response)
    }
}

/// Reads lists such as `g a?1 b?1`, a generation and its files, and lines that end in a semicolon.
#[derive(Debug, Default)]
struct Words {
    file: Vec<String>,
    begun: Vec<u64>,
}

impl FileReader for Words {
    fn read_list(&self, body: &[u8]) -> Result<FileList, FetchError> {
        let text = std::str::from_utf8(body).unwrap();
        if text == "broken" {
            return Err(FetchError::new(FetchErrorKind::Malformed, "the list is broken"));
        }
        let mut words = text.split(' ');
        let generation = words.next().map(ToOwned::to_owned);
        let url = |file: &str| if file.contains(':') { file.to_owned() } else { format!("https://storage/{file}") };
        Ok(FileList::new(words.map(|file| PageUrl::new(&url(file)).unwrap()), generation))
    }

    fn begin_file(&mut self, number: u64) {
        self.begun.push(number);
        self.file.clear();
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let line = std::str::from_utf8(line)?;
        self.file.push(line.strip_suffix(';').ok_or("no semicolon")?.to_owned());
        Ok(())
    }
}

fn pull(script: &Arc<Script>) -> FilePull {
    FilePull::new(script.clone(), Arc::new(ManualClock::new()))
}

/// Reads the files to the end, and returns the lines that count, and the end in words.
fn read(files: &mut Files) -> (Vec<String>, String) {
    let mut reader = Words::default();
    let mut lines = Vec::new();
    let end = block_on(async {
        loop {
            match files.next_file(&mut reader).await {
                Ok(Some(_)) => lines.append(&mut reader.file),
                Ok(None) => break "complete".to_owned(),
                Err(incomplete) => {
                    let failure = incomplete.failure.map(|failure| format!(": {failure}")).unwrap_or_default();
                    break format!("{}{failure}", incomplete.reason);
                }
            }
        }
    });
    (lines, end)
}

fn run(script: &Arc<Script>) -> (Vec<String>, String, Files) {
    let mut files = pull(script).files();
    let (lines, end) = read(&mut files);
    (lines, end, files)
}

fn expired() -> Result<&'static str, FetchError> {
    Err(FetchError::new(FetchErrorKind::Expired, "the URL has expired"))
}

#[test]
fn files_are_read_in_order_and_counted_when_they_are_whole() {
    let script = Script::new(["g a?1 b?1 a?2"], [Ok("1;\n2;\n"), Ok("3;")]);
    let (lines, end, files) = run(&script);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1 2 3", "complete"));
    assert_eq!(script.requests(), "list a?1 b?1");
    let report = files.report();
    assert_eq!((report.pages, report.items, report.bytes, report.calls), (2, 3, 8, 1));
    assert_eq!(files.list().unwrap().generation(), Some("g"));
}

#[test]
fn a_file_that_breaks_off_is_read_again_and_no_line_counts_twice() {
    let script = Script::new(["g a b"], [Ok("1;\n2;\n!"), Ok("1;\n2;\n3;\n"), Ok("4;")]);
    let (lines, end, files) = run(&script);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1 2 3 4", "complete"));
    assert_eq!((files.report().items, files.report().retries, files.report().calls), (4, 1, 1));
    assert_eq!(script.requests(), "list a a b");
}

#[test]
fn a_last_line_that_is_cut_is_fetched_again() {
    let script = Script::new(["g a"], [Ok("1;\n2"), Ok("1;\n2;")]);
    let (lines, end, _) = run(&script);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1 2", "complete"));

    let script = Script::new(["g a?secret"], [Ok("1;\n2"), Ok("1;\n\n2")]);
    let mut files =
        pull(&script).retry(RetryPolicy::default().per_page(Budget::new(1, std::time::Duration::MAX))).files();
    let (lines, end) = read(&mut files);
    assert!(lines.is_empty());
    assert_eq!(end, "page_lost: row 2 of https://storage/a?[redacted] is cut off or broken");
}

#[test]
fn a_list_that_breaks_off_is_fetched_again() {
    let script = Script::new(["broken", "g a!", "g a"], [Ok("1;")]);
    let (lines, end, files) = run(&script);
    assert_eq!((lines.len(), end.as_str()), (1, "complete"));
    assert_eq!((files.report().calls, files.report().retries), (3, 2));
}

#[test]
fn a_url_that_has_expired_is_renewed_and_the_same_file_continues() {
    let script = Script::new(["g a?1 b?1", "g b?2 a?2"], [Ok("1;"), expired(), Ok("2;")]);
    let (lines, end, files) = run(&script);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1 2", "complete"));
    assert_eq!(script.requests(), "list a?1 b?1 list b?2");
    assert_eq!(files.report().calls, 2);
}

#[test]
fn two_lists_without_a_file_in_between_are_the_end() {
    let script = Script::new(["g a?1", "g a?2"], [expired(), expired()]);
    let (lines, end, _) = run(&script);
    assert_eq!((lines.len(), end.as_str()), (0, "link_expired: the URL has expired"));
    assert_eq!(script.requests(), "list a?1 list a?2");

    // With a file in between, each list counts again.
    let lists = ["g a?1 b?1 c?1", "g a?2 b?2 c?2", "g a?3 b?3 c?3"];
    let files = [Ok("1;"), expired(), Ok("2;"), expired(), Ok("3;")];
    assert_eq!(run(&Script::new(lists, files)).1, "complete");
}

#[test]
fn a_list_whose_request_is_dropped_does_not_count() {
    let script = Script::new(["g a?1", "silence", "g a?2"], [expired(), expired(), Ok("1;")]);
    let mut files = pull(&script).files();
    assert!(files.next_file(&mut Words::default()).now_or_never().is_none(), "the renewal is under way");
    let (lines, end) = read(&mut files);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1", "complete"));
    assert_eq!(script.requests(), "list a?1 list a?1 list a?2");
}

#[test]
fn the_first_url_of_a_newer_generation_can_be_renewed() {
    let lists = ["g a?1", "h b?2", "h b?3"];
    let script = Script::new(lists, [expired(), expired(), Ok("1;")]);
    let (_, end, mut files) = run(&script);
    assert_eq!(end, "generation_changed: the URL has expired");
    assert!(files.start_over());
    let (lines, end) = read(&mut files);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1", "complete"));

    let script = Script::new(["g a?1", "h b?2", "h b?3"], [expired(), expired(), expired()]);
    let (_, _, mut files) = run(&script);
    assert!(files.start_over());
    assert_eq!(read(&mut files).1, "link_expired: the URL has expired", "the newer list counts as the first");
}

#[test]
fn another_generation_ends_the_pull_which_can_start_over() {
    let script = Script::new(["g a?1 b?1", "h c?2 d?2"], [Ok("1;"), expired(), Ok("3;"), Ok("4;")]);
    let (lines, end, mut files) = run(&script);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1", "generation_changed: the URL has expired"));

    assert!(files.start_over());
    let (lines, end) = read(&mut files);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("3 4", "complete"));
    assert_eq!(script.requests(), "list a?1 b?1 list c?2 d?2", "the newer list is used, and not fetched again");
    let report = files.report();
    assert_eq!((report.pages, report.items, report.calls), (2, 2, 2));
    assert!(!files.start_over(), "no newer generation is known");
}

#[test]
fn a_file_outside_the_storage_ends_the_pull_before_any_is_fetched() {
    let script = Script::new(["g a?1 https://elsewhere/b?secret"], []);
    let (lines, end, _) = run(&script);
    assert!(lines.is_empty());
    assert_eq!(end, "link_refused: https://elsewhere/b?[redacted] is not in the storage");
    assert_eq!(script.requests(), "list");
}

#[test]
fn a_pull_that_is_cancelled_gives_the_file_up_that_is_arriving() {
    let script = Script::new(["g a b"], [Ok("1;"), Ok("2;")]);
    let mut files = pull(&script).canceller(script.canceller.clone()).files();
    let (lines, end) = read(&mut files);
    assert_eq!((lines.join(" ").as_str(), end.as_str()), ("1", "cancelled"));
    assert_eq!(files.report().items, 1);
}

#[test]
fn limits_bound_the_files_and_the_bytes_of_a_line() {
    let script = Script::new(["g a b"], [Ok("1;"), Ok("2;")]);
    let mut files = pull(&script).max_files(Some(1)).files();
    assert_eq!(read(&mut files), (vec!["1".to_owned()], "limit".to_owned()));
    let script = Script::new(["g a"], [Ok("1;\n\n12345678;\n")]);
    let mut files = pull(&script).max_line_bytes(8).files();
    let (_, end) = read(&mut files);
    assert_eq!(end, "page_lost: row 2 of https://storage/a is longer than the limit");
    assert_eq!(script.requests(), "list a", "another attempt would end the same");
}

#[test]
fn an_empty_list_is_complete_without_a_file() {
    let (lines, end, files) = run(&Script::new(["g"], []));
    assert_eq!((lines.len(), end.as_str(), files.report().pages), (0, "complete", 0));
}
