using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Kindred.Native.Tests.Import;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>What operators see: metrics, traces, logs, health.</summary>
public sealed class TelemetryTests
{
    private const string User = "ann-of-green-gables-4711";

    [Fact]
    public async Task Prometheus_reads_what_was_stored_and_rejected()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", $$"""[{"id":"1","type":"view","userId":"{{User}}","itemId":"tea"},{"type":"view"}]""");
        await server.Post("/v1/events", $$"""{"id":"1","type":"view","userId":"{{User}}","itemId":"jam"}""");
        await server.Send(HttpMethod.Get, $"/v1/users/{User}/recommendations");
        string text = "";
        await LivingServer.Until(async () =>
        {
            text = await (await server.Send(HttpMethod.Get, "/metrics")).Content.ReadAsStringAsync(LivingServer.Cancellation);
            return text.Contains("kindred_events_rejected", StringComparison.Ordinal); // answers are kept for a moment
        }, "the metrics are fresh");
        Assert.Contains(Lines("kindred_events_ingested_total"), line => line.EndsWith(" 1", StringComparison.Ordinal)
            || line.Contains(" 1 ", StringComparison.Ordinal));
        Assert.Contains(Lines("kindred_events_rejected"), line => line.Contains("unreadable", StringComparison.Ordinal));
        Assert.Contains(Lines("kindred_events_rejected"), line => line.Contains("conflict", StringComparison.Ordinal));
        Assert.NotEmpty(Lines("kindred_store_commit_duration_seconds_bucket"));
        Assert.NotEmpty(Lines("kindred_recommend_duration_seconds_bucket"));
        Assert.NotEmpty(Lines("kindred_events_queued"));
        Assert.DoesNotContain(User, text, StringComparison.Ordinal);

        IEnumerable<string> Lines(string name) => text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Freshness_scenarios_and_what_waits_are_measured()
    {
        using var folder = new TemporaryFolder();
        await using var server = await AnswerTests.Serving(folder);
        await AnswerTests.Put(server, "scenarios", """{"home":{"sources":[{"kind":"model","model":"item-knn"}]}}""");
        await AnswerTests.View(server, User, "tea");
        await server.Get($"/v1/users/{User}/recommendations");
        await server.Get($"/v1/users/{User}/recommendations?scenario=home");
        await server.Send(HttpMethod.Get, $"/v1/users/{User}/recommendations?scenario=made-up");
        string text = "";
        await LivingServer.Until(async () =>
        {
            text = await server.Client.GetStringAsync("/metrics", LivingServer.Cancellation);
            return text.Contains("kindred_freshness_seconds_count", StringComparison.Ordinal);
        }, "the metrics are fresh");
        string[] lines = text.Split('\n');
        Assert.Equal("1", Value("kindred_freshness_seconds_count")); // the second answer used nothing new
        Assert.Contains(lines, line => line.Contains("kindred_scenario=\"home\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("kindred_scenario=\"default\"", StringComparison.Ordinal));
        Assert.DoesNotContain("made-up", text, StringComparison.Ordinal);
        Assert.Equal("1", Value("kindred_tail_events"));
        Assert.NotEqual("0", Value("kindred_tail_size_bytes"));
        Assert.Equal("0", Value("kindred_exposures_dropped_total"));

        string Value(string name) => lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ')[1];
    }

    /// <summary>Sources and stages, by the names that they have in the pipeline; warming up for a swap is not counted.</summary>
    [Fact]
    public async Task Each_step_of_a_pipeline_is_timed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await AnswerTests.Serving(folder);
        await AnswerTests.Put(server, "scenarios",
            """{"home":{"sources":[{"kind":"model","name":"alike","model":"item-knn"}],"rerank":[{"kind":"keep","name":"few","count":5}]}}""");
        for (int n = 0; n < 3; n++) await server.Get($"/v1/users/{User}/recommendations?scenario=home");
        string text = "";
        await LivingServer.Until(async () =>
        {
            text = await server.Client.GetStringAsync("/metrics", LivingServer.Cancellation);
            return text.Contains("kindred_stage_duration_seconds_count", StringComparison.Ordinal);
        }, "the metrics are fresh");
        foreach (string step in (string[])["alike", "seen", "few"])
        {
            string line = Assert.Single(text.Split('\n'), line =>
                line.StartsWith("kindred_stage_duration_seconds_count", StringComparison.Ordinal)
                && line.Contains($"kindred_stage=\"{step}\"", StringComparison.Ordinal));
            Assert.Equal("3", line.Split(' ')[1]);
        }
    }

    [Fact]
    public async Task Logs_are_JSON_if_asked_for_and_never_name_users()
    {
        await using var server = await LivingServer.Start("--log", "json");
        await server.Post("/v1/events", $$"""{"type":"view","userId":"{{User}}","itemId":"tea"}""");
        await server.Send(HttpMethod.Get, $"/v1/users/{User}/recommendations");
        await server.Send(HttpMethod.Delete, $"/v1/users/{User}");
        await server.Stop();
        string[] lines = server.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.NotNull(JsonNode.Parse(line)!["LogLevel"]));
        Assert.DoesNotContain(User, server.Said, StringComparison.Ordinal);
    }

    /// <summary>While the store's disk is gone, events get a sentence, answers continue, and health says why.</summary>
    [Fact]
    public async Task A_store_that_is_away_is_said_in_health_and_in_answers()
    {
        using var folder = new TemporaryFolder();
        await using var postgres = await PostgresServer.Start(LivingServer.Cancellation);
        await using var server = await LivingServer.StartIn(folder.File("shop"), "--store", postgres.Address);
        const string Body = """{"id":"1","type":"view","userId":"ann","itemId":"tea"}""";
        string later = Body.Replace("\"1\"", "\"2\"", StringComparison.Ordinal);
        await server.Post("/v1/events", Body);
        await postgres.Stop(LivingServer.Cancellation);
        var refused = await server.Send(HttpMethod.Post, "/v1/events", later);
        var health = await server.Send(HttpMethod.Get, "/health");
        var ready = await server.Send(HttpMethod.Get, "/health/ready");
        await postgres.Resume(LivingServer.Cancellation); // before anything fails: a server that does not run cannot be stopped

        Assert.Contains("postgres", (string)(await LivingServer.Read(refused, 503))["detail"]!, StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.NotEmpty((await LivingServer.Read(health, 503))["reasons"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        await LivingServer.Until(
            async () => (await server.Send(HttpMethod.Post, "/v1/events", later)).IsSuccessStatusCode, "the store is back");
        Assert.Equal(1, (int)(await server.Post("/v1/events", Body))["duplicates"]!);
    }

    [Fact]
    public async Task Spans_and_metrics_go_to_the_collector_that_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var server = await LivingServer.StartWith(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        });
        await server.Send(HttpMethod.Get, "/v1/users/ann/recommendations");
        using var connection = await listener.AcceptTcpClientAsync(LivingServer.Cancellation).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(120), LivingServer.Cancellation);
        Assert.True(connection.Connected);
    }
}
