//! Which columns a table has, and in which order its rows come.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ColumnArgs {
    /// Columns, such as `name,property`; `help` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',', hide_short_help = true)]
    pub(crate) columns: Vec<String>,

    /// Column to sort by
    #[arg(long, value_name = "NAME")]
    pub(crate) sort: Option<String>,

    /// Sort in descending order
    #[arg(long, requires = "sort", hide_short_help = true)]
    pub(crate) reverse: bool,
}
