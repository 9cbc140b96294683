using System.Text.Json;
using Kindred.OnlineExperiments;
using Kindred.Storage;

namespace Kindred.Tests.Storage;

public sealed class JsonProblemTests
{
    [Theory]
    [InlineData("""{"name":"a","metrics":[{"name":"m"},{"name":"n","role":"gardrail"}]}""", "it must be one of goal, guardrail, secondary")]
    [InlineData("""{"name":"a","metrics":[{"name":"m","rolle":"goal"}]}""",
        "there is no such name (did you mean role?); it is an object of name,")]
    [InlineData("""{"name":"a","design":{"kind":"fixed"}}""", "it must be one of alwaysValid, fixedHorizon, groupSequential")]
    [InlineData("""{"name":"a","metricz":[]}""", "there is no such name (did you mean metrics?); it is an object of name,")]
    [InlineData("""{"name":"a","forced":{"x":1}}""", "it must be a text in quotes")]
    [InlineData("""{"name":"a","forced":1}""", "it must be an object")]
    [InlineData("""{"name":5}""", "it must be a text in quotes")]
    [InlineData("""{"name":"a","metrics":1}""", "it must be a list in brackets, each an object of name,")]
    [InlineData("""{"name":"a",}""", "this is no JSON (line 1, byte 13)")]
    public void What_is_right_at_the_place_of_an_error_is_said(string json, string expected)
    {
        var error = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<OnlineExperiment>(json, SealedFolder.Json));
        string said = JsonProblem.Of(error, SealedFolder.Json.GetTypeInfo(typeof(OnlineExperiment)));
        Assert.StartsWith(expected, said, StringComparison.Ordinal);
    }
}
