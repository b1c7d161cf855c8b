//! Tests of the other collections beside the security states, over HTTP.

use std::collections::BTreeSet;

use endstate_analysis::{MissingUpdatesBuilder, UpdateCatalog};
use endstate_emulator::{Emulator, Paging};
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};

use super::service::{get, page};

/// Returns every item of all pages, and the query of each next link.
async fn all<E: Entity>(emulator: &Emulator, options: &str) -> (Vec<E>, Vec<String>) {
    let mut url = Some(format!("{}/{}{options}", emulator.service_root(), E::ENTITY_SET));
    let mut items = Vec::new();
    let mut links = Vec::new();
    while let Some(here) = url {
        let page = page(get(&here)).await;
        items.extend(page.items().map(|item| E::read(item).unwrap()));
        url = page.next_link().map(|link| link.as_str().to_owned());
        links.extend(url.iter().map(|url| url.split_once('?').unwrap().1.to_owned()));
    }
    (items, links)
}

#[tokio::test]
async fn the_siblings_have_their_documented_shape_and_continue_with_skip() {
    let emulator = Emulator::builder().page_size(60).start().await.unwrap();
    let (updates, links) = all::<KbInfo>(&emulator, "").await;
    let ids: BTreeSet<_> = updates.iter().map(|update| update.id.clone()).collect();
    assert!(ids.len() == updates.len() && ids.len() > 120, "{} of {}", ids.len(), updates.len());
    assert_eq!(links, ["$skip=60", "$skip=120"]);
    assert!(updates.iter().all(|u| u.kb_id().is_some() && u.publishing_date.is_some() && u.architecture.is_some()));
    let (vulnerabilities, _) = all::<CveKbMap>(&emulator, "").await;
    let numbers: BTreeSet<_> = updates.iter().map(|update| update.kb_id().unwrap()).collect();
    assert!(vulnerabilities.iter().all(|row| numbers.contains(row.kb_id.as_deref().unwrap())));
    let (groups, _) = all::<MachineGroup>(&emulator, "").await;
    assert_eq!(groups.iter().filter(|group| group.ungrouped == Some(true)).count(), 1);
    let body = get(&format!("{}/KbInfo?$top=1", emulator.service_root())).send().await.unwrap().text().await.unwrap();
    let port = emulator.service_root().split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    insta::with_settings!({filters => vec![(port.as_str(), "PORT")]}, {
        insta::assert_snapshot!(body, @r#"{"@odata.context":"http://127.0.0.1:PORT/testwdatppreview/$metadata#KbInfo","@odata.count":130,"value":[{"id":"KB9000001 (10240.17443) Amd64","release":"KB9000001 (10240.17443)","publishingDate":"2016-02-10T18:00:00Z","version":"10.0.10240.17443","architecture":"Amd64"}]}"#);
    });
}

#[tokio::test]
async fn every_collection_returns_the_same_items_in_both_paging_styles() {
    let builder = Emulator::builder().devices(23).page_size(5);
    let skips = builder.clone().paging(Paging::Skip).start().await.unwrap();
    let tokens = builder.paging(Paging::SkipToken).start().await.unwrap();
    let (by_skip, skip_links) = all::<MachineSecurityState>(&skips, "?$select=id,build&$count=true").await;
    let (by_token, token_links) = all::<MachineSecurityState>(&tokens, "?$select=id,build&$count=true").await;
    assert_eq!(by_skip, by_token);
    assert_eq!(by_skip.len(), 23);
    assert_eq!(skip_links[0], "$skip=5&$select=id,build&$count=true");
    assert!(token_links.iter().all(|link| link.starts_with("$skiptoken=")));
    assert_eq!(all::<KbInfo>(&skips, "").await.0, all::<KbInfo>(&tokens, "").await.0);
}

#[tokio::test]
async fn devices_miss_the_updates_that_other_devices_of_their_build_have() {
    let emulator = Emulator::builder().page_size(1000).start().await.unwrap();
    let mut catalog = UpdateCatalog::new();
    for update in all::<KbInfo>(&emulator, "").await.0 {
        catalog.add_update(update);
    }
    for vulnerability in all::<CveKbMap>(&emulator, "").await.0 {
        catalog.add_vulnerability(vulnerability);
    }

    let states = all::<MachineSecurityState>(&emulator, "").await.0;

    for state in &states {
        let newer: BTreeSet<_> = states
            .iter()
            .filter(|other| other.build == state.build && other.architecture == state.architecture)
            .filter_map(|other| other.revision.filter(|revision| Some(*revision) > state.revision))
            .collect();
        let missing: BTreeSet<_> =
            catalog.missing(state).filter_map(|update| Some(update.version.as_ref()?.parts()?.revision)).collect();
        assert!(missing.is_superset(&newer), "{state:?} misses {missing:?}, others have {newer:?}");
        assert!(!missing.is_empty() || newer.is_empty());
    }

    let mut builder = MissingUpdatesBuilder::new(catalog, 1);
    for state in &states {
        builder.add(state);
    }
    let missing = builder.finish();
    assert_eq!((missing.devices, missing.not_assessed), (444, 0));
    assert!(missing.by_update.iter().all(|update| update.closes.total() > 0));
}
