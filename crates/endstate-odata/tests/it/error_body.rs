//! The error body in its three formats.

use endstate_odata::ErrorBody;

#[test]
fn the_shape_of_defender_for_endpoint_has_the_correlation_id_as_target() {
    let error = ErrorBody::from_slice(testkit::ERROR_DEFENDER.as_bytes()).unwrap();
    assert_eq!(error.to_string(), "TooManyRequests: Too many requests. Retry later.");
    assert_eq!(error.correlation_id(), Some("17a1f5ae-7d9c-4c4b-8f6e-0f3f1f2b9c11"));
}

#[test]
fn the_shape_of_graph_has_request_id_and_date_inside() {
    let error = ErrorBody::from_slice(testkit::ERROR_GRAPH.as_bytes()).unwrap();
    assert_eq!(error.correlation_id(), Some("5a9d7e7c-62a1-4c2c-9f0e-3a6f2f4d8b11"));
    let inner = error.inner_error.unwrap();
    assert_eq!(inner.date.as_deref(), Some("2026-03-02T08:15:30"));
    assert_eq!(inner.client_request_id.as_deref(), Some("0b7d3c2e-1111-4222-8333-944455566677"));
}

#[test]
fn the_shape_of_the_specification_has_details_and_nests() {
    let error = ErrorBody::from_slice(testkit::ERROR_ODATA.as_bytes()).unwrap();
    insta::assert_json_snapshot!(error, @r#"
    {
      "code": "501",
      "message": "Unsupported functionality",
      "target": "query",
      "details": [
        {
          "code": "301",
          "message": "$search query option not supported",
          "target": "$search"
        },
        {
          "code": "",
          "message": "second"
        }
      ],
      "innerError": {
        "code": "outer",
        "innerError": {
          "code": "inner",
          "request-id": "deep-id"
        }
      }
    }
    "#);

    assert_eq!(error.correlation_id(), Some("deep-id"));
}

#[test]
fn a_body_without_an_error_reads_as_none_and_a_poor_error_is_still_read() {
    for body in ["", "<html>", "{}", r#"{"error":"invalid_client"}"#] {
        assert_eq!(ErrorBody::from_slice(body.as_bytes()), None, "for {body:?}");
    }
    let poor = ErrorBody::from_slice(br#"{"error":{"code":null}}"#).unwrap();
    assert_eq!(poor.to_string(), "no code and no message");
}
