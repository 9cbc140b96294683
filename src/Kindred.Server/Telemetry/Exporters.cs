using System.Diagnostics.Metrics;
using Kindred.AspNetCore.Telemetry;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Ingestion;
using Kindred.Server.Live;
using Kindred.Snapshots;
using Kindred.Store.Exposures;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kindred.Server.Telemetry;

/// <summary>
/// Hands measurements to Prometheus, which asks at <c>/metrics</c>, and with spans to the collector that <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>
/// names, if it does.
/// </summary>
internal static class Exporters
{
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        bool hasCollector = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("kindred"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Instruments.Name)
                    .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                    .AddPrometheusExporter();
                if (hasCollector) metrics.AddOtlpExporter();
            });
        // ASP.NET's own spans hold paths, which name users.
        if (hasCollector) telemetry.WithTracing(tracing => tracing
            .SetSampler(new ParentBasedSampler(new AlwaysOnSampler(), localParentNotSampled: new AlwaysOnSampler())) // ASP.NET samples none
            .AddSource(Instruments.Name).AddOtlpExporter());
    }

    public static void Map(WebApplication app)
    {
        var (writer, snapshots) = (app.Services.GetRequiredService<EventWriter>(), app.Services.GetRequiredService<LiveSnapshot>());
        var (live, exposures) = (app.Services.GetRequiredService<LiveState>(), app.Services.GetRequiredService<ExposureLog>());
        Instruments.Meter.CreateObservableGauge("kindred.events.queued", () => writer.Queued, "{event}", "Events that wait for being " +
            "written.");
        RecommendInstruments.Observe(Instruments.Meter, snapshots);
        Instruments.Meter.CreateObservableGauge("kindred.tail.events", () => live.Tail.Events, "{event}", "Events in memory that the " +
            "snapshot has not learned.");
        Instruments.Meter.CreateObservableGauge("kindred.tail.size", () => live.Tail.Bytes, "By", "Memory that they take, about.");
        Instruments.Meter.CreateObservableGauge("kindred.tail.evicted", () => live.Tail.Evicted, "{user}",
            "Users whose events did not fit and are read from the store.");
        Instruments.Meter.CreateObservableGauge("kindred.exposures.queued", () => exposures.Queued, "{exposure}",
            "Exposures that wait for being written.");
        Instruments.Meter.CreateObservableCounter("kindred.exposures.dropped", () => exposures.Dropped, "{exposure}",
            "Exposures that were not written: the queue was full, or the disk refused them.");
        var sums = app.Services.GetRequiredService<ExposureSums>();
        Instruments.Meter.CreateObservableCounter("kindred.experiments.dropped", () => sums.Dropped, "{answer}",
            "Answers that experiments do not count: too many users and sessions waited for the store.");
        app.MapPrometheusScrapingEndpoint("/metrics").Requires(Scope.Read);
    }
}
