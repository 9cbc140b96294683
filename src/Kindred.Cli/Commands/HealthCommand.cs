using System.CommandLine;
using System.Net;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Server;

namespace Kindred.Cli.Commands;

/// <summary>`kindred health`: whether a server takes requests, for containers and scripts that have no curl.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var url = new Option<string>("--url")
        {
            Description = "Address of the server.",
            DefaultValueFactory = _ => ServerOptions.DefaultUrl,
            HelpName = "url",
        };
        return new CliCommand("health", "Ask a server whether it takes requests; the exit code is 0 if it does, else 2.",
            "kindred health",
            "kindred health --url http://localhost:8080") { url }
            .Runs(async (parse, session) =>
            {
                string address = parse.GetRequiredValue(url);
                if (!Uri.TryCreate(address, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
                    throw new InputException($"'{address}' is not the address of a server; use one such as {ServerOptions.DefaultUrl}.");
                var report = await Ask(server, session.Cancellation);
                session.Print(new Paragraph($"{address} takes requests; it is {StatusOf(report)}."));
                if (report.TryGetProperty("reasons", out var reasons))
                    foreach (var reason in reasons.EnumerateArray()) session.Print(new Paragraph($"{reason}"));
                session.Print(new JsonResult(report));
            });
    }

    /// <returns>What a server that is ready says of itself.</returns>
    private static async Task<JsonElement> Ask(Uri server, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = server, Timeout = Longest };
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
                throw new InputException($"{server} is not a server of Kindred: it answers /health/ready with {(int)answer.StatusCode}.");
            using var report = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
            if (report.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException();
            if (answer.IsSuccessStatusCode) return report.RootElement.Clone();
            string reason = report.RootElement.TryGetProperty("detail", out var detail) ? $"{detail}"
                : $"it is {StatusOf(report.RootElement)}.";
            throw new InputException($"{server} takes no requests: {reason}");
        }
        catch (JsonException e)
        {
            throw new InputException($"{server} is not a server of Kindred: its /health/ready says no JSON.", e);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new InputException($"{server} does not answer within {Longest.TotalSeconds:0} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw new InputException($"{server} does not answer: {e.Message}", e);
        }
    }

    private static string StatusOf(JsonElement report) => report.TryGetProperty("status", out var status) ? $"{status}" : "not ready";
}
