//! The content of a page before it is rendered, for faults to change.

use std::fmt::Write as _;

use crate::fault::FaultKind;

/// The content of a page.
#[derive(Debug)]
pub(crate) struct PageContent {
    pub(crate) context: String,
    pub(crate) count: Option<u64>,
    pub(crate) next_link: Option<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) is_link_last: bool,
    pub(crate) error: Option<&'static str>,
    /// What follows the digits of the count.
    pub(crate) count_suffix: &'static str,
    /// Further members, which contradict those before.
    pub(crate) contradiction: Option<String>,
}

/// One item: its JSON and its id.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) json: String,
    pub(crate) id: String,
}

/// The links that faults can put on a page.
#[derive(Debug)]
pub(crate) struct Links<'l> {
    pub(crate) own: String,
    pub(crate) before: String,
    pub(crate) grown: String,
    pub(crate) host: &'l str,
}

impl PageContent {
    /// Applies a fault that changes the content of a page, and ignores all other faults.
    pub(crate) fn apply(&mut self, fault: &FaultKind, links: &Links<'_>, before: Option<&Item>) {
        const REST: &str = "/testwdatppreview/machinesecuritystates?$skiptoken=stolen";

        match fault {
            FaultKind::EmptyPage => {
                self.items.clear();
            }
            FaultKind::RepeatedLink => self.next_link = Some(links.own.clone()),
            FaultKind::Cycle => self.next_link = Some(links.before.clone()),
            FaultKind::GrowingLinks => self.next_link = Some(links.grown.clone()),
            FaultKind::MissingLink => self.next_link = None,
            FaultKind::ForeignLink(origin) => self.next_link = Some(format!("{origin}{REST}")),
            FaultKind::LookAlikeLink => {
                let (name, port) = links.host.split_once(':').unwrap_or((links.host, "80"));
                self.next_link = Some(format!("http://{name}.evil.example:{port}{REST}"));
            }
            FaultKind::UserinfoLink => self.next_link = Some(format!("https://{}@evil.example{REST}", links.host)),
            FaultKind::PlainHttpLink => self.next_link = Some(format!("http://graph.microsoft.com{REST}")),
            FaultKind::LinkLast => self.is_link_last = true,
            FaultKind::InStreamError => {
                self.items.truncate(self.items.len() / 2);
                self.next_link = None;
                self.error = Some(r#"{"code":"InternalServerError","message":"The rest was lost."}"#);
            }
            FaultKind::BadItem => {
                let json = r#"{"id":7.5,"build":"fourteen","note":"not a device state"}"#.to_owned();
                self.items.insert(self.items.len() / 2, Item { id: json.clone(), json });
            }
            FaultKind::Conflict => {
                if let Some(before) = before {
                    let json = before.json.replacen('}', ",\"changed\":true}", 1);
                    self.items.push(Item { json, id: before.id.clone() });
                }
            }
            FaultKind::UnknownValues => {
                for item in &mut self.items {
                    let unknown = r#""riskScore":"High","newNested":{"a":[1,null]},"propertiesRequireAttention":["AntivirusQuantumOff","#;
                    item.json = item.json.replacen(r#""propertiesRequireAttention":["#, unknown, 1).replace(",]", "]");
                }
            }
            FaultKind::TwoLinks => self.contradiction = Some(format!(",\"@nextLink\":\"{}\"", links.before)),
            FaultKind::TwoCounts => self.contradiction = Some(",\"@odata.count\":1,\"@count\":2".to_owned()),
            FaultKind::TwoLists => self.contradiction = Some(",\"value\":[]".to_owned()),
            FaultKind::SpelledCount => self.count_suffix = ".0",
            FaultKind::OddItems => self.items.iter_mut().step_by(2).for_each(Item::make_odd),
            FaultKind::TinyItems(number) => {
                self.items = (0..*number).map(|_| Item { json: "{}".to_owned(), id: String::new() }).collect();
                // No reader keeps them.
                self.contradiction = Some(String::new());
            }
            FaultKind::NestedLink | FaultKind::EscapedNestedLink => {
                let name = if *fault == FaultKind::NestedLink { "nextLink" } else { "ne\\u0078tL\\u0069nk" };
                if let Some(item) = self.items.first_mut() {
                    let path =
                        format!("/testwdatppreview/machinesecuritystates('{}')/propertiesRequireAttention", item.id);
                    let link =
                        format!("\"propertiesRequireAttention@odata.{name}\":\"http://{}{path}?$skip=2\"", links.host);
                    item.json = item.json.replacen("]}", &format!("],{link}}}"), 1);
                }
            }
            _ => {}
        }
    }

    /// Renders the page as JSON.
    pub(crate) fn render(&self) -> String {
        let size: usize = self.items.iter().map(|item| item.json.len() + 1).sum();
        let mut body = String::with_capacity(size + 512);
        // Nothing here needs escaping: the values are the emulator's own URLs and the host header,
        // which has no quotes.
        let _ = write!(body, "{{\"@odata.context\":\"{}\"", self.context);
        if let Some(count) = self.count {
            let _ = write!(body, ",\"@odata.count\":{count}{}", self.count_suffix);
        }

        let link = self.next_link.as_ref().map(|link| format!(",\"@odata.nextLink\":\"{link}\"")).unwrap_or_default();
        if !self.is_link_last {
            body.push_str(&link);
        }

        body.push_str(",\"value\":[");
        for (number, item) in self.items.iter().enumerate() {
            if number > 0 {
                body.push(',');
            }
            body.push_str(&item.json);
        }
        body.push(']');
        if self.is_link_last {
            body.push_str(&link);
        }

        body.push_str(self.contradiction.as_deref().unwrap_or_default());
        if let Some(error) = self.error {
            let _ = write!(body, ",\"error\":{error}");
        }
        body.push('}');
        body
    }
}

impl Item {
    /// Returns an item with this id, whose JSON is `shown`.
    pub(crate) fn new(id: String, shown: &impl serde::Serialize) -> Self {
        // Every value of an item can be written as JSON.
        Self { json: serde_json::to_string(shown).unwrap_or_default(), id }
    }

    /// Gives it two builds, neither of which is a number, and no list of properties.
    fn make_odd(&mut self) {
        self.json = self.json.replacen("\"build\":", "\"build\":\"new\",\"build\":[],\"buildBefore\":", 1);
        let list = "\"propertiesRequireAttention\":";
        if let Some((before, after)) = self.json.split_once(list)
            && let Some((_, after)) = after.split_once(']')
        {
            self.json = format!("{before}{list}null{after}");
        }
    }
}
