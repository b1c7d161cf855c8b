//! The folder in which the tables are, and the store that reaches it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use delta_kernel::object_store::local::LocalFileSystem;
use delta_kernel::object_store::path::Path as StorePath;
use delta_kernel::object_store::{
    self, DynObjectStore, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore as _, ObjectStoreExt as _,
    PutMode, PutMultipartOptions, PutOptions, PutPayload,
};
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use delta_kernel_default_engine::{DefaultEngine, DefaultEngineBuilder};
use futures_util::TryStreamExt as _;
use url::Url;

use crate::HistoryError;
use crate::pull_id::hex;
use crate::runtime::OwnRuntime;

/// A folder of a store. Methods wait until the store has answered.
#[derive(Clone)]
pub(crate) struct Folder {
    /// Ends with a slash.
    url: Url,
    store: Arc<DynObjectStore>,
    runtime: Arc<OwnRuntime>,
    engine: Arc<DefaultEngine<TokioMultiThreadExecutor>>,
}

impl Folder {
    /// A folder of this machine. It need not exist.
    pub(crate) fn local(path: &Path) -> Result<Self, HistoryError> {
        let action = || format!("use the folder {}", path.display());
        let absolute = std::path::absolute(path).map_err(|error| HistoryError::store(action(), error))?;
        let url = Url::from_directory_path(absolute).map_err(|()| HistoryError::store(action(), "not a path"))?;
        Self::new(url, Arc::new(LocalFileSystem::new().with_fsync(true)))
    }

    pub(crate) fn new(url: Url, store: Arc<DynObjectStore>) -> Result<Self, HistoryError> {
        let runtime = OwnRuntime::new().map_err(|error| HistoryError::store("start threads", error))?;
        let handle = runtime.handle().ok_or_else(|| HistoryError::store("start threads", "ended"))?.clone();
        let executor = Arc::new(TokioMultiThreadExecutor::new(handle));
        let engine = Arc::new(DefaultEngineBuilder::new(Arc::clone(&store)).with_task_executor(executor).build());
        Ok(Self { url, store, runtime: Arc::new(runtime), engine })
    }

    /// The folder of this name in this folder.
    pub(crate) fn join(&self, name: &str) -> Self {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(name).push("");
        }
        Self { url, ..self.clone() }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn engine(&self) -> &DefaultEngine<TokioMultiThreadExecutor> {
        &self.engine
    }

    /// The folder as people write it.
    pub(crate) fn name(&self) -> String {
        self.url.to_file_path().map_or_else(|()| self.url.to_string(), |path| path.display().to_string())
    }

    /// The place in the store of a file, whose path is as a Delta log has it.
    fn place(&self, path: &str) -> Result<StorePath, HistoryError> {
        let url = self.url.join(path).map_err(|error| HistoryError::damaged(path, error))?;
        StorePath::from_url_path(url.path()).map_err(|error| HistoryError::damaged(path, error))
    }

    fn action(&self, what: &str, path: &str) -> String {
        format!("{what} {path} of {}", self.name())
    }

    fn wait<T: Send + 'static>(
        &self,
        action: impl FnOnce() -> String,
        task: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T, HistoryError> {
        match self.runtime.wait(task) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(HistoryError::store(action(), error)),
            None => Err(HistoryError::store(action(), "its thread ended")),
        }
    }

    /// Whether there is any file in a folder of this folder.
    pub(crate) fn has_files(&self, name: &str) -> Result<bool, HistoryError> {
        let place = self.place(name)?;
        let store = Arc::clone(&self.store);
        self.wait(|| self.action("list", name), async move {
            let listed = store.list_with_delimiter(Some(&place)).await?;
            Ok(!listed.objects.is_empty())
        })
    }

    /// All files in this folder and its folders, by their paths as a Delta log has them.
    pub(crate) fn list(&self) -> Result<Vec<(String, ObjectMeta)>, HistoryError> {
        let place = self.place("")?;
        let store = Arc::clone(&self.store);
        let of_list = place.clone();
        let listed = self.wait(|| self.action("list", "the files"), async move {
            store.list(Some(&of_list)).try_collect::<Vec<_>>().await
        })?;
        let path = |file: ObjectMeta| {
            let parts = file.location.prefix_match(&place)?.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>();
            Some((parts.join("/"), file))
        };
        Ok(listed.into_iter().filter_map(path).collect())
    }

    /// Writes a file that is not there yet. Returns whether it was written.
    pub(crate) fn create(&self, path: &str, contents: String) -> Result<bool, HistoryError> {
        let place = self.place(path)?;
        let store = Arc::clone(&self.store);
        self.wait(|| self.action("write", path), async move {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            match store.put_opts(&place, PutPayload::from(contents), options).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// The contents of a file.
    pub(crate) fn read(&self, path: &str) -> Result<Bytes, HistoryError> {
        let place = self.place(path)?;
        let store = Arc::clone(&self.store);
        let read = self.wait(|| self.action("read", path), async move {
            match store.get(&place).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        read.ok_or_else(|| HistoryError::MissingFile { folder: self.name(), path: path.to_owned() })
    }

    /// A part of a file, or what there is of it, if the file is still the `known` one.
    pub(crate) fn read_range(
        &self,
        path: &str,
        range: Range<u64>,
        known: Option<&FileVersion>,
    ) -> Result<(Bytes, FileVersion), HistoryError> {
        let if_match = known.and_then(|known| known.tag.clone());
        let place = self.place(path)?;
        let store = Arc::clone(&self.store);
        let read = self.wait(|| self.action("read", path), async move {
            let start = range.start;
            let options = GetOptions { range: Some(GetRange::Bounded(range)), if_match, ..GetOptions::default() };
            let found = match store.get_opts(&place, options).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(Read::Missing),
                Err(object_store::Error::Precondition { .. }) => return Ok(Read::Changed),
                Err(error @ object_store::Error::Generic { .. }) => {
                    // A store refuses a part that begins at the end of a file or after it.
                    let Ok(file) = store.head(&place).await else { return Err(error) };
                    let is_after_end = file.size <= start;
                    return if is_after_end { Ok(Read::Part(Bytes::new(), FileVersion::of(file))) } else { Err(error) };
                }
                found => found?,
            };
            let version = FileVersion::of(found.meta.clone());
            Ok(Read::Part(found.bytes().await?, version))
        })?;

        let changed = || HistoryError::damaged(path, "another program replaced it while it was read");
        match read {
            Read::Part(_, version) if known.is_some_and(|known| known.size != version.size) => Err(changed()),
            Read::Part(bytes, version) => Ok((bytes, version)),
            Read::Changed => Err(changed()),
            Read::Missing => Err(HistoryError::MissingFile { folder: self.name(), path: path.to_owned() }),
        }
    }

    /// Deletes a file that no table names. If that fails, it is in the way of nothing.
    pub(crate) fn delete(&self, path: &str) {
        _ = self.try_delete(path);
    }

    /// Deletes a file, unless it does not exist.
    pub(crate) fn try_delete(&self, path: &str) -> Result<(), HistoryError> {
        let place = self.place(path)?;
        let store = Arc::clone(&self.store);
        self.wait(|| self.action("delete", path), async move {
            match store.delete(&place).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                deleted => deleted,
            }
        })
    }

    /// Begins a file that appears once it is whole.
    pub(crate) fn begin(&self, path: &str) -> Result<Upload, HistoryError> {
        let place = self.place(path)?;
        let store = Arc::clone(&self.store);
        let upload = self.wait(|| self.action("write", path), async move {
            store.put_multipart_opts(&place, PutMultipartOptions::default()).await
        })?;
        Ok(Upload {
            folder: self.clone(),
            path: path.to_owned(),
            parts: Some(upload),
            waiting: Vec::new(),
            is_failed: false,
            bytes: 0,
            hash: hmac_sha256::Hash::new(),
        })
    }
}

/// What tells a file from another one that replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileVersion {
    /// In bytes.
    pub(crate) size: u64,
    /// The tag of the store, if it has any.
    tag: Option<String>,
}

impl FileVersion {
    fn of(file: ObjectMeta) -> Self {
        Self { size: file.size, tag: file.e_tag }
    }
}

/// What a store has of a part of a file.
enum Read {
    Part(Bytes, FileVersion),
    Changed,
    Missing,
}

/// A file that is being written. If it is dropped before its end, no file appears.
pub(crate) struct Upload {
    folder: Folder,
    path: String,
    parts: Option<Box<dyn MultipartUpload>>,
    waiting: Vec<u8>,
    /// Whether a part could not be written.
    is_failed: bool,
    bytes: u64,
    hash: hmac_sha256::Hash,
}

/// What is sent at once. Stores require at least 5 MiB of each part but the last.
const PART_BYTES: usize = 6 * 1024 * 1024;

impl Upload {
    /// Appends bytes, and takes them from the buffer.
    pub(crate) fn append(&mut self, buffer: &mut Vec<u8>) -> Result<(), HistoryError> {
        self.waiting.append(buffer);
        if self.waiting.len() < PART_BYTES { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), HistoryError> {
        let Some(upload) = &mut self.parts else { return Ok(()) };
        let part = std::mem::take(&mut self.waiting);
        self.bytes += part.len() as u64;
        self.hash.update(&part);
        let sent = upload.put_part(PutPayload::from(part));
        let sent = self.folder.wait(|| self.folder.action("write", &self.path), sent);
        self.is_failed |= sent.is_err();
        sent
    }

    /// Ends the file. Returns its size in bytes, and its SHA-256 as hexadecimal digits.
    pub(crate) fn finish(mut self) -> Result<(u64, String), HistoryError> {
        self.send()?;
        if self.is_failed {
            return Err(HistoryError::store(self.folder.action("write", &self.path), "a part of it was lost"));
        }
        let ended = (self.bytes, hex(&std::mem::take(&mut self.hash).finalize()));
        let Some(mut upload) = self.parts.take() else { return Ok(ended) };
        let action = || self.folder.action("write", &self.path);
        self.folder.wait(action, async move { upload.complete().await.map(|_| ()) })?;
        Ok(ended)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut upload) = self.parts.take() {
            // No table names what is left of it.
            _ = self.folder.wait(String::new, async move { upload.abort().await });
        }
    }
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Folder").field(&self.url.as_str()).finish()
    }
}
