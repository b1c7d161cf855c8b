//! A store that fails, and what the tables make of it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use delta_kernel::arrow::array::{ArrayRef, RecordBatch, StringArray};
use delta_kernel::object_store::memory::InMemory;
use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use delta_kernel::parquet::arrow::ArrowWriter;
use delta_kernel::parquet::file::properties::WriterProperties;
use endstate_model::{DeviceId, MachineSecurityState, UtcTime};
use futures_util::stream::BoxStream;

use crate::data_reader::read;
use crate::folder::Folder;
use crate::snapshot_writer::SnapshotWriter;
use crate::store_file::StoreFile;
use crate::tables::Tables;
use crate::{Added, HistoryError, Lake, PullId, PullRecord, Retention};

/// When the store fails.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Never.
    None,
    /// It does each write, and the answer of one in this many is lost.
    AnswersLost(usize),
    /// Every call from this one on fails without effect, as for a program that was killed.
    From(usize),
}

#[derive(Debug)]
struct FaultyStore {
    store: Arc<InMemory>,
    fault: Fault,
    calls: AtomicUsize,
}

impl FaultyStore {
    fn lost() -> Error {
        Error::Generic { store: "faulty", source: "the connection was lost".into() }
    }

    /// Counts a call. Fails if it must have no effect.
    fn begin(&self) -> Result<usize> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::From(first) if call >= first => Err(Self::lost()),
            _ => Ok(call),
        }
    }

    fn end(&self, call: usize) -> Result<()> {
        match self.fault {
            // Calls that follow each other are not equally far apart in all orders of threads.
            Fault::AnswersLost(of) if (call * 7 + call / 3).is_multiple_of(of) => Err(Self::lost()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with faults", self.store)
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let call = self.begin()?;
        let result = self.store.put_opts(location, payload, options).await?;
        self.end(call).map(|()| result)
    }

    async fn put_multipart_opts(&self, at: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.begin()?;
        self.store.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.begin()?;
        self.store.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.begin()?;
        self.store.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.begin()?;
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.begin()?;
        self.store.copy_opts(from, to, options).await
    }
}

/// The tables in a store that fails.
fn tables(store: &Arc<InMemory>, fault: Fault) -> Tables {
    let store = FaultyStore { store: Arc::clone(store), fault, calls: AtomicUsize::new(0) };
    let folder = Folder::new("memory:///lake/".parse().unwrap(), Arc::new(store)).unwrap();
    Tables::in_folder(&folder)
}

fn record(number: i64) -> PullRecord {
    PullRecord::new(PullId::of([&*number.to_string()]), UtcTime::from_second(1_795_500_000 + number))
}

/// Adds a pull of three devices.
fn add(tables: &Tables, number: i64) -> std::result::Result<Added, HistoryError> {
    tables.states.create_unless_there()?;
    tables.pulls.create_unless_there()?;
    let mut snapshot = SnapshotWriter::begin(tables.clone(), &record(number))?;
    for device in ["a", "b", "c"] {
        snapshot.add(&MachineSecurityState::new(DeviceId::from(device)), None)?;
    }
    snapshot.finish(&record(number))
}

/// The number of rows of both tables.
fn rows(store: &Arc<InMemory>) -> [u64; 2] {
    let tables = tables(store, Fault::None);
    [&tables.states, &tables.pulls].map(|table| table.files().unwrap().iter().filter_map(|file| file.rows).sum())
}

#[test]
fn pulls_whose_answers_are_lost_are_added_once() {
    let store = Arc::new(InMemory::new());
    add(&tables(&store, Fault::None), 0).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4_i64 {
            let tables = tables(&store, Fault::AnswersLost(3));
            scope.spawn(move || {
                for number in 1..5 {
                    assert_eq!(
                        add(&tables, 10 * writer + number).unwrap(),
                        Added::New,
                        "the answer was lost, not the pull"
                    );
                }
            });
        }
    });
    assert_eq!(rows(&store), [17 * 3, 17]);
}

#[test]
fn a_program_that_ends_at_any_call_leaves_whole_pulls_and_can_begin_again() {
    let mut was_whole = false;
    for call in 0.. {
        let store = Arc::new(InMemory::new());
        for number in 0..2 {
            add(&tables(&store, Fault::None), number).unwrap();
        }
        was_whole = add(&tables(&store, Fault::From(call)), 2).is_ok();
        let [states, pulls] = rows(&store);
        assert!([2 * 3, 3 * 3].contains(&states) && [2, 3].contains(&pulls), "call {call}: {states} {pulls}");

        add(&tables(&store, Fault::None), 2).unwrap();
        assert_eq!(rows(&store), [3 * 3, 3], "call {call}");
        if was_whole {
            assert!(call > 10, "a pull takes some calls");
            break;
        }
    }
    assert!(was_whole);
}

#[test]
fn an_expiry_that_ends_at_any_call_leaves_whole_pulls() {
    let now = UtcTime::from_second(1_795_500_100);
    let mut was_whole = false;
    for call in 0.. {
        let store = Arc::new(InMemory::new());
        for number in 0..3 {
            add(&tables(&store, Fault::None), number).unwrap();
        }
        let expire = |fault| Lake::of(tables(&store, fault)).expire(&Retention::new(), now);
        was_whole = expire(Fault::From(call)).is_ok();
        let [states, pulls] = rows(&store);
        assert!([3, 3 * 3].contains(&states) && pulls == 3, "call {call}: {states} {pulls}");
        expire(Fault::None).unwrap();
        assert_eq!(rows(&store), [3, 3], "call {call}");
        if was_whole {
            assert!(call > 5, "an expiry takes some calls");
            break;
        }
    }
    assert!(was_whole);
}

/// Another engine merges files, and its groups have many rows. Their columns are far from each
/// other, and are read in turn.
#[test]
fn a_file_of_one_large_group_is_read_in_few_calls() {
    const COLUMNS: [&str; 4] = ["a", "b", "c", "d"];
    let rows = 100_000_usize;
    let texts = |column: &str| -> ArrayRef {
        let text = |row: usize| format!("{column}{:040x}", row.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Arc::new((0..rows).map(text).map(Some).collect::<StringArray>())
    };
    let batch = RecordBatch::try_from_iter(COLUMNS.map(|column| (column, texts(column)))).unwrap();
    let properties = WriterProperties::builder().set_dictionary_enabled(false).set_max_row_group_row_count(Some(rows));
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    assert!(bytes.len() > 15_000_000, "{} bytes", bytes.len());

    let store = Arc::new(InMemory::new());
    let put = futures_util::FutureExt::now_or_never(store.put_opts(
        &Path::from("lake/file"),
        PutPayload::from(bytes),
        PutOptions::default(),
    ));
    put.unwrap().unwrap();
    // The beginning, the end, and the whole.
    let store = FaultyStore { store, fault: Fault::From(3), calls: AtomicUsize::new(0) };
    let folder = Folder::new("memory:///lake/".parse().unwrap(), Arc::new(store)).unwrap();
    let batches = read(StoreFile::open(&folder, "file").unwrap(), "file", &COLUMNS, &[]).unwrap();
    let read: usize = batches.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(read, rows);
}
