using System.Diagnostics.Metrics;
using Kindred.Server.Access;
using Kindred.Server.Ingestion;
using Kindred.Snapshots;
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
        Instruments.Meter.CreateObservableGauge("kindred.events.queued", () => writer.Queued, "{event}", "Events that wait for being " +
            "written.");
        Instruments.Meter.CreateObservableGauge("kindred.snapshot.age", () =>
        {
            using var lease = snapshots.TryAcquire();
            return lease is null ? [] : (Measurement<double>[])[new((DateTimeOffset.UtcNow - lease.Snapshot.Created).TotalSeconds)];
        }, "s", "Time since the snapshot that answers was made.");
        app.MapPrometheusScrapingEndpoint("/metrics").Requires(Scope.Read);
    }
}
