using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>`kindred.json`, with the built command.</summary>
public sealed class DefaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Defaults_come_from_the_nearest_file_and_options_that_are_given_win()
    {
        await WriteAsync("kindred.json", """
            {
              // for all commands that have it
              "seed": 7,
              "count": 2,
              "recommend": { "count": 3, "model": ["popularity"] },
              "import": { "out": "films" },
            }
            """);
        var imported = await Kindred.Run("import", Films.Raw);
        Assert.True(imported.ExitCode == 0, imported.StandardError);
        Assert.Contains($"Defaults from {_folder.File("kindred.json")}: --out=films --seed=7.", imported.StandardError,
            StringComparison.Ordinal);

        Assert.Equal(3, Items(await Kindred.Json("recommend", "films", "--user", "15")));
        Assert.Equal(5, Items(await Kindred.Json("recommend", "films", "--user", "15", "--count", "5")));
        Assert.Equal("popularity on movielens", (string)(await Kindred.Json("recommend", "films", "--user", "15"))["model"]!);
        Assert.Equal("item-knn:neighbours=5 on movielens",
            (string)(await Kindred.Json("recommend", "films", "--user", "15", "-m", "item-knn:neighbours=5"))["model"]!);
        Assert.Equal(2, Items(await Kindred.Json("similar", "films", "--item", "1")));

        // a file further down takes the place of the one above it
        Directory.CreateDirectory(_folder.File("inner"));
        await WriteAsync("inner/kindred.json", """{ "similar": { "count": 4 } }""");
        var inner = new KindredProcess(_folder.File("inner"));
        Assert.Equal(4, Items(await inner.Json("similar", "../films", "--item", "1")));
        Assert.Equal(10, Items(await inner.Json("recommend", "../films", "--user", "15")));
    }

    [Theory]
    [InlineData("""{ "sede": 7 }""", "there is no sede; did you mean seed")]
    [InlineData("""{ "recommend": { "cuont": 7 } }""", "recommend has no option and there is no cuont; did you mean count")]
    [InlineData("""{ "recomend": { "count": 7 } }""", "there is no recomend; did you mean recommend")]
    [InlineData("""{ "pipeline": { "evaluate": { "modle": 7 } } }""", "there is no modle")]
    [InlineData("""{ "seed": { "a": 1 } }""", "seed must be a text, a number, true, false, or a list of texts")]
    [InlineData("""{ "seed": 7""", "cannot be read")]
    [InlineData("[]", "must be an object")]
    public async Task What_the_file_names_must_exist(string text, string sentence)
    {
        await WriteAsync("kindred.json", text);
        string said = await Kindred.Refused("inspect", Films.Raw);
        Assert.Contains(_folder.File("kindred.json"), said, StringComparison.Ordinal);
        Assert.Contains(sentence, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_where_nothing_applies()
    {
        await WriteAsync("kindred.json", """{ "evaluate": { "split": "leave-last" } }""");
        Assert.DoesNotContain("Defaults", (await Kindred.Run("model", "show", "ease")).StandardError, StringComparison.Ordinal);
        Assert.Contains("recommend", await Kindred.Succeed("--help"), StringComparison.Ordinal);
    }

    private static int Items(JsonObject answer) => answer["items"]!.AsArray().Count;

    private Task WriteAsync(string name, string text) =>
        File.WriteAllTextAsync(_folder.File(name), text, TestContext.Current.CancellationToken);
}
