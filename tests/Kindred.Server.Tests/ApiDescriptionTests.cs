using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>/openapi/v1.json describes all that the living server answers.</summary>
public sealed partial class ApiDescriptionTests
{
    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_answers()
    {
        await using var server = await LivingServer.Start();
        var paths = (await server.Get("/openapi/v1.json"))["paths"]!.AsObject();
        var operations = paths.SelectMany(path => path.Value!.AsObject().Select(operation =>
            (Name: $"{operation.Key} {path.Key}", Value: operation.Value!.AsObject()))).ToArray();
        Assert.True(operations.Length > 30, $"only {operations.Length} operations");
        foreach (var (name, value) in operations)
        {
            Assert.False(string.IsNullOrEmpty((string?)value["operationId"]), $"{name} has no operationId");
            Assert.False(string.IsNullOrEmpty((string?)value["summary"]), $"{name} has no summary");
            Assert.NotEmpty(value["tags"]!.AsArray());
            Assert.NotEmpty(value["responses"]!.AsObject());
        }
        Assert.Distinct(operations.Select(operation => (string)operation.Value["operationId"]!));
        Assert.NotNull(paths["/v1/events"]!["post"]!["requestBody"]!["content"]!["application/x-ndjson"]);
    }

    /// <summary>What the page of the living server names is there.</summary>
    [Fact]
    public async Task Every_address_in_the_documentation_exists()
    {
        await using var server = await LivingServer.Start();
        var paths = (await server.Get("/openapi/v1.json"))["paths"]!.AsObject();
        string page = await File.ReadAllTextAsync(Path.Combine(RealData.Root, "docs", "living-server.md"), LivingServer.Cancellation);
        var named = Address().Matches(page).Select(match => (Method: match.Groups[1].Value.ToLowerInvariant(), Path: match.Groups[2].Value))
            .Distinct().ToArray();
        Assert.True(named.Length > 12, $"only {named.Length} addresses were seen");
        foreach (var (method, path) in named)
        {
            string pattern = $"^{Parameter().Replace(path, @"\{\w+\}")}$";
            Assert.True(paths.Any(known => Regex.IsMatch(known.Key, pattern) && known.Value![method] is not null), $"{method} {path}");
        }
    }

    [GeneratedRegex(@"`(GET|PUT|POST|PATCH|DELETE) (/v1/[\w/{}-]+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
