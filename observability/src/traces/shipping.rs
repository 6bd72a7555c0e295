use std::time::Duration;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};

/// Where spans are sent to.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) endpoint: String,
    pub(crate) protocol: Protocol,
}

/// How OTLP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Protocol {
    /// gRPC, by convention at port 4317
    #[value(name = "grpc")]
    Grpc,
    /// HTTP with protocol buffers, by convention at port 4318
    #[value(name = "http/protobuf")]
    HttpProtobuf,
}

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Destination {
    /// Connects when there is something to send. Wants a tokio runtime around it.
    pub(crate) fn exporter(&self) -> Result<SpanExporter, String> {
        let exporter = match self.protocol {
            Protocol::Grpc => {
                SpanExporter::builder().with_tonic().with_endpoint(&self.endpoint).with_timeout(PATIENCE).build()
            }
            Protocol::HttpProtobuf => SpanExporter::builder()
                .with_http()
                .with_endpoint(format!("{}/v1/traces", self.endpoint.trim_end_matches('/')))
                .with_timeout(PATIENCE)
                .build(),
        };
        exporter.map_err(|error| error.to_string())
    }
}
