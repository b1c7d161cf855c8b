//! The asynchronous part of a pull of files: fetches the list, and reads the files in order.
//!
//! It is thin, as `driver.rs` is: `file_list.rs` decides whether a newer list has the same files,
//! and `retry.rs` how long to wait. A file counts once it was read whole. The numbers change
//! without an await in between, so a call that is dropped loses only the file that was arriving.

use std::fmt;
use std::sync::Arc;

use endstate_odata::PageUrl;
use futures_util::StreamExt;

use crate::line_splitter::{LineSplitter, LineTooLong};
use crate::retrier::{NoAnswer, OnRetry, Retrier};
use crate::whole_body::read_whole;
use crate::{
    Canceller, Clock, FetchError, FetchErrorKind, FileList, FileReader, FileTransport, IncompleteError, Outcome,
    PullReport, Reason, RetryPolicy,
};

/// The settings of one pull of files.
pub(crate) struct FilesPlan {
    pub(crate) transport: Arc<dyn FileTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) retry: RetryPolicy,
    pub(crate) canceller: Canceller,
    pub(crate) on_retry: OnRetry,
    pub(crate) max_files: Option<u64>,
    pub(crate) max_list_bytes: usize,
    pub(crate) max_line_bytes: usize,
}

/// The files of a pull, in order; see [`FilePull`](crate::FilePull).
pub struct Files {
    transport: Arc<dyn FileTransport>,
    retrier: Retrier,
    /// The most of them that are read.
    limit: Option<u64>,
    max_list_bytes: usize,
    max_line_bytes: usize,
    report: PullReport,
    /// `None` until it was fetched.
    list: Option<FileList>,
    /// The list of a newer generation, which ended the pull.
    newer: Option<FileList>,
    /// Lists that were read since the last file.
    lists_without_progress: u32,
}

/// A file that was read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PulledFile {
    /// Its place in the list, from 1.
    pub number: u64,
    /// Its lines with text.
    pub lines: u64,
    /// Its bytes, decompressed.
    pub bytes: u64,
}

/// How the pull ends, and the failed attempt that ended it.
type End = (Outcome, Option<FetchError>);

/// Lists in a row without a file in between. A URL of a second list that has expired, too, has not
/// expired by the time that has passed.
const MAX_LISTS_WITHOUT_PROGRESS: u32 = 2;

impl Files {
    pub(crate) fn new(plan: FilesPlan) -> Self {
        Self {
            transport: plan.transport,
            retrier: Retrier::new(plan.retry, plan.clock, plan.canceller, plan.on_retry),
            limit: plan.max_files,
            max_list_bytes: plan.max_list_bytes,
            max_line_bytes: plan.max_line_bytes,
            report: PullReport::default(),
            list: None,
            newer: None,
            lists_without_progress: 0,
        }
    }

    /// What happened so far. The files are its pages, and their lines are its items. Only the
    /// requests of lists count as calls.
    pub fn report(&self) -> &PullReport {
        &self.report
    }

    /// The list of the files; `None` before the first call of [`next_file`](Self::next_file).
    pub fn list(&self) -> Option<&FileList> {
        self.list.as_ref()
    }

    /// Reads the next file whole, and passes its lines to `reader`; returns `None` after the last
    /// file of a complete pull.
    ///
    /// If the future is dropped, the file that was arriving is lost, and the next call reads it
    /// from its beginning.
    ///
    /// # Errors
    /// [`IncompleteError`] in place of `None` if the pull is incomplete, at each call after its
    /// last file. If its reason is [`GenerationChanged`](Reason::GenerationChanged),
    /// [`start_over`](Self::start_over) continues with the files of the newer generation.
    pub async fn next_file(
        &mut self,
        reader: &mut (impl FileReader + ?Sized),
    ) -> Result<Option<PulledFile>, IncompleteError> {
        let (outcome, failure) = loop {
            if self.report.outcome.has_ended() {
                return self.ended();
            }
            let Some(list) = &self.list else {
                match self.fetch_list(reader).await {
                    Ok(list) => self.list = Some(list),
                    Err(why) => break end_without(why),
                }
                continue;
            };
            let place = usize::try_from(self.report.pages).unwrap_or(usize::MAX);
            let Some(file) = list.files().get(place).cloned() else { break (Outcome::Complete, None) };
            if self.limit == Some(self.report.pages) {
                break (Outcome::Incomplete(Reason::Limit), None);
            }

            match self.read(&file, reader).await {
                Ok(file) => return Ok(Some(self.commit(file))),
                Err(NoAnswer::Failed(failure)) if failure.kind() == FetchErrorKind::Expired => {
                    if let Some(end) = self.renew(failure, reader).await {
                        break end;
                    }
                }
                Err(why) => break end_without(why),
            }
        };

        self.report.outcome = outcome;
        self.report.failure = failure;
        self.ended()
    }

    /// Begins again with the first file of the newer generation, after
    /// [`GenerationChanged`](Reason::GenerationChanged). What was read before no longer counts; the
    /// numbers of calls and retries, and what is left of the retry budgets, are kept. Returns false
    /// if no newer generation is known.
    pub fn start_over(&mut self) -> bool {
        let Some(newer) = self.newer.take() else { return false };
        let PullReport { calls, retries, throttled, waited, .. } = self.report;
        self.report = PullReport { calls, retries, throttled, waited, ..PullReport::default() };
        self.list = Some(newer);
        // The newer list is the first one of its generation.
        self.lists_without_progress = 1;
        true
    }

    /// Takes a whole file. From here on its lines count as read.
    fn commit(&mut self, file: PulledFile) -> PulledFile {
        self.lists_without_progress = 0;
        let report = &mut self.report;
        report.pages += 1;
        report.items += file.lines;
        report.rows += file.lines;
        report.bytes += file.bytes;
        file
    }

    /// Fetches the list again, because a URL of it has expired. Returns the end of the pull if that
    /// cannot help.
    async fn renew(&mut self, expired: FetchError, reader: &mut (impl FileReader + ?Sized)) -> Option<End> {
        if self.lists_without_progress >= MAX_LISTS_WITHOUT_PROGRESS {
            return Some((Outcome::Incomplete(Reason::LinkExpired), Some(expired)));
        }
        let newer = match self.fetch_list(reader).await {
            Ok(newer) => newer,
            Err(why) => return Some(end_without(why)),
        };
        let renewed = self.list.as_ref().and_then(|list| list.renewed(&newer));
        if renewed.is_none() {
            self.newer = Some(newer);
            return Some((Outcome::Incomplete(Reason::GenerationChanged), Some(expired)));
        }
        self.list = renewed;
        None
    }

    /// Fetches the list, and checks that every file in it may be fetched.
    async fn fetch_list(&mut self, reader: &(impl FileReader + ?Sized)) -> Result<FileList, NoAnswer> {
        let list = loop {
            let Some(list) = self.attempt_list(reader).await else { break Err(NoAnswer::Cancelled) };
            self.report.calls += u64::from(list.as_ref().err().is_none_or(FetchError::was_sent));
            match list {
                Ok(list) => break Ok(list),
                Err(failure) => {
                    if let Err(why) = self.retrier.wait_after(failure, &mut self.report).await {
                        break Err(why);
                    }
                }
            }
        };
        self.retrier.page_done();

        let list = list?;
        // Not before: the caller may drop a request that is under way.
        self.lists_without_progress += 1;
        for file in list.files() {
            self.transport.check(file).map_err(NoAnswer::Failed)?;
        }
        Ok(list)
    }

    /// Makes one attempt; `None` if the pull is cancelled before the response begins.
    async fn attempt_list(&self, reader: &(impl FileReader + ?Sized)) -> Option<Result<FileList, FetchError>> {
        let canceller = self.retrier.canceller();
        if canceller.is_cancelled() {
            return None;
        }
        let response = match canceller.unless_cancelled(self.transport.list()).await? {
            Ok(response) => response,
            Err(failure) => return Some(Err(failure)),
        };
        let what = || "the list of files".to_owned();
        let body = read_whole(response, self.max_list_bytes, what, Vec::with_capacity).await;
        Some(body.and_then(|body| reader.read_list(&body)))
    }

    /// Reads a file until it was read whole, within the budgets.
    async fn read(&mut self, file: &PageUrl, reader: &mut (impl FileReader + ?Sized)) -> Result<PulledFile, NoAnswer> {
        let read = loop {
            match self.attempt(file, reader).await {
                None => break Err(NoAnswer::Cancelled),
                Some(Ok(file)) => break Ok(file),
                Some(Err(failure)) => {
                    if let Err(why) = self.retrier.wait_after(failure, &mut self.report).await {
                        break Err(why);
                    }
                }
            }
        };
        self.retrier.page_done();
        read
    }

    /// Makes one attempt; `None` if the pull is cancelled.
    async fn attempt(
        &self,
        file: &PageUrl,
        reader: &mut (impl FileReader + ?Sized),
    ) -> Option<Result<PulledFile, FetchError>> {
        let canceller = self.retrier.canceller();
        if canceller.is_cancelled() {
            return None;
        }
        let mut response = match canceller.unless_cancelled(self.transport.open(file)).await? {
            Ok(response) => response,
            Err(failure) => return Some(Err(failure)),
        };

        let mut pulled = PulledFile { number: self.report.pages + 1, lines: 0, bytes: 0 };
        reader.begin_file(pulled.number);
        let mut splitter = LineSplitter::new(self.max_line_bytes);
        let mut line = |line: &[u8]| {
            pulled.lines += 1;
            reader.line(line).map_err(BrokenLine::Unreadable)
        };
        // A file may take an hour, so a pull that is cancelled does not wait for its end.
        let broken = loop {
            match canceller.unless_cancelled(response.body.next()).await? {
                None => break splitter.finish(&mut line).err(),
                Some(Err(failure)) => return Some(Err(failure)),
                Some(Ok(chunk)) => {
                    pulled.bytes += chunk.len() as u64;
                    if let Err(why) = splitter.push(&chunk, &mut line) {
                        break Some(why);
                    }
                }
            }
        };
        Some(match broken {
            None => Ok(pulled),
            Some(why) => Err(why.into_failure(file, pulled.lines)),
        })
    }

    /// What every call after the last file returns.
    fn ended(&self) -> Result<Option<PulledFile>, IncompleteError> {
        match self.report.outcome.reason() {
            None => Ok(None),
            Some(reason) => Err(IncompleteError::new(reason, self.report.failure.clone())),
        }
    }
}

fn end_without(why: NoAnswer) -> End {
    let failure = match why {
        NoAnswer::Cancelled => return (Outcome::Incomplete(Reason::Cancelled), None),
        NoAnswer::Failed(failure) => failure,
    };
    let reason = match failure.kind() {
        FetchErrorKind::LinkRefused => Reason::LinkRefused,
        _ => Reason::PageLost,
    };
    (Outcome::Incomplete(reason), Some(failure))
}

/// Why a file cannot be split into rows.
enum BrokenLine {
    TooLong,
    Unreadable(Box<dyn std::error::Error + Send + Sync>),
}

impl From<LineTooLong> for BrokenLine {
    fn from(_: LineTooLong) -> Self {
        Self::TooLong
    }
}

impl BrokenLine {
    /// The failure of the attempt at a file, after so many lines with text, which are its rows.
    fn into_failure(self, file: &PageUrl, lines: u64) -> FetchError {
        match self {
            Self::TooLong => {
                let message = format!("row {} of {file} is longer than the limit", lines + 1);
                FetchError::new(FetchErrorKind::TooLarge, message)
            }
            Self::Unreadable(error) => {
                let message = format!("row {lines} of {file} is cut off or broken");
                FetchError::new(FetchErrorKind::Malformed, message).with_source(error)
            }
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("transport", &self.transport).field("list", &self.list).finish_non_exhaustive()
    }
}
