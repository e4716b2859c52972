//! Lists of refs, and fetches: what the forge says passes as it is.

use std::future::ready;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tracing::Instrument as _;

use super::advertisement::PushAdvertisement;
use super::asked::Service;
use super::exchange::{Exchange, ExchangeError, Relay};
use super::outlet::outlet;
use super::passage::{Passage, WholeLines};
use super::refusal::Refusal;
use super::upload::Upload;

/// Answers with the list of refs; for a push, with those that the job has to see.
pub(crate) async fn discover(exchange: Exchange, service: Service) -> Response {
    let answer = match exchange.discover(service).await {
        Ok(answer) => answer,
        Err(error) => {
            exchange.log(&Err(error.clone().into()));
            return Refusal::from(error).into_response();
        }
    };
    let (outlet, outflow) = outlet();
    let mut passage: Box<dyn Passage> = match service {
        Service::Fetch => Box::new(WholeLines::default()),
        Service::Push => Box::new(PushAdvertisement::new(&exchange.grant.commit)),
    };
    let task = async move {
        let mut relay = Relay::new(passage.as_mut(), &outlet);
        let result = exchange.relay(answer, &mut relay).await;
        finish(&exchange, &mut relay, result).await;
    };
    tokio::spawn(task.in_current_span());
    outflow.into_response(service.advertisement_type()).await
}

/// Answers with the objects that git asks for.
pub(crate) async fn fetch(exchange: Exchange, body: Body) -> Response {
    let (outlet, outflow) = outlet();
    let task = async move {
        let limit = exchange.proxy.limits.fetch_request_bytes;
        let mut upload = Upload::new(body.into_data_stream(), limit, exchange.progress.clone());
        let mut passage = WholeLines::default();
        let mut relay = Relay::new(&mut passage, &outlet);
        let request = (Bytes::new(), &mut upload);
        let result = exchange.call(Service::Fetch, request, ready(Ok(())), &mut relay).await;
        finish(&exchange, &mut relay, result).await;
    };
    tokio::spawn(task.in_current_span());
    outflow.into_response(Service::Fetch.result_type()).await
}

async fn finish(
    exchange: &Exchange,
    relay: &mut Relay<'_, impl Passage + ?Sized>,
    result: Result<(), ExchangeError>,
) {
    if let Err(error) = &result {
        relay.end_with(error, &exchange.progress).await;
    }
    exchange.log(&result);
}
