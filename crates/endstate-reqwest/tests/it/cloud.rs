//! The table of clouds: every row can be used as it is, and its pinned origins belong together.

use std::collections::HashSet;

use endstate_paging::FetchErrorKind;
use endstate_reqwest::{Cloud, CloudEndpoint, Error, Evidence, Origin, Region, ServiceRoot};

use super::raw_server::{RawServer, answer};
use super::{fetch, transport_to};

#[test]
fn every_row_parses_and_its_root_is_pinned_first() {
    for service in CloudEndpoint::ALL {
        let root = ServiceRoot::parse(service.service_root).unwrap();
        assert_eq!(service.pinned().unwrap()[0], *root.origin());
        assert!(service.authority().is_ok() && service.scope().is_ok());
        assert!(!service.source.is_empty());
        assert_eq!(CloudEndpoint::for_cloud(service.cloud, service.region).unwrap(), service);
        assert_eq!(service.cloud.as_str().parse::<Cloud>().unwrap(), service.cloud);
    }
    let regions: Vec<_> = CloudEndpoint::ALL.iter().filter_map(|service| service.region).collect();
    assert_eq!(regions, Region::ALL);
}

#[test]
fn no_api_pins_an_origin_twice() {
    for service in CloudEndpoint::ALL {
        for api in [service.preview(), service.defender, service.graph] {
            let pinned = api.pinned().unwrap();
            let distinct: HashSet<_> = pinned.iter().collect();
            assert_eq!(distinct.len(), pinned.len(), "{}", api.root);
        }
    }
    let commercial = CloudEndpoint::for_cloud(Cloud::Commercial, None).unwrap();
    let pinned: Vec<_> = commercial.defender.pinned().unwrap().iter().map(ToString::to_string).collect();
    let [first, older, oldest] = ["security.microsoft", "securitycenter.microsoft", "securitycenter.windows"]
        .map(|n| format!("https://api.{n}.com"));
    assert_eq!(pinned, [first, older, oldest]);
}

#[test]
fn only_the_row_of_the_document_is_said_to_serve_the_collection() {
    let documented: Vec<_> = CloudEndpoint::ALL
        .iter()
        .filter(|service| service.evidence == Evidence::Documented)
        .map(|s| s.service_root)
        .collect();
    assert_eq!(documented, [ServiceRoot::DOCUMENTED]);
}

#[test]
fn a_government_token_is_requested_in_its_cloud_and_sent_only_to_its_host() {
    for cloud in [Cloud::GccHigh, Cloud::Dod] {
        let service = CloudEndpoint::for_cloud(cloud, None).unwrap();
        assert_eq!(service.authority, "https://login.microsoftonline.us");
        assert_eq!(service.scope().unwrap().resource(), "https://api-gov.securitycenter.microsoft.us");
        assert_eq!(service.pinned().unwrap().len(), 1);
    }
}

#[test]
fn an_unknown_cloud_or_region_is_refused_with_the_known_names() {
    let error = |error: Error| error.to_string();
    assert_eq!(
        error(CloudEndpoint::for_cloud(Cloud::Dod, Some(Region::Eu)).unwrap_err()),
        "the region cannot be used: the dod cloud has no regional hosts; the commercial cloud has them"
    );
    assert_eq!(
        error("goverment".parse::<Cloud>().unwrap_err()),
        "the cloud cannot be used: unknown cloud 'goverment'; use one of commercial, gcc, gcc-high, dod"
    );
    assert_eq!(
        error("mars".parse::<Region>().unwrap_err()),
        "the region cannot be used: unknown region 'mars'; use one of us, eu, uk, au, swa, ina, aea"
    );
}

#[tokio::test]
async fn a_pinned_sibling_origin_gets_the_token_and_any_other_is_refused() {
    let server = async || RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let (first, sibling, other) = (server().await, server().await, server().await);
    let pinned: Origin = sibling.root.parse().unwrap();
    let transport = transport_to(&first.root).also_pinned([pinned]).build().unwrap();
    assert!(fetch(&transport, &format!("{}/m", sibling.root)).await.is_ok());
    let failure = fetch(&transport, &format!("{}/m", other.root)).await.unwrap_err();
    assert_eq!(failure.kind(), FetchErrorKind::LinkRefused);

    let first = &first.root;
    let sibling = &sibling.root;
    let refused = &other.root;
    assert_eq!(
        failure.to_string(),
        format!("the link leads to {refused}, but only {first}, {sibling} may receive the token")
    );
    assert!(other.requests().is_empty());
}
