using Kindred.Models;

namespace Kindred.Extension.Tests;

/// <summary>The examples of docs/retrieval.md and docs/pipelines.md: what stands there is what runs, with what is public alone.</summary>
public sealed class DocumentedExampleTests : IDisposable
{
    private static readonly string[] Genres = ["Comedy", "Drama", "Horror"];

    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-examples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>60 users had ten of 40 films each; one is user 42, one is film 318. Comedy, drama and horror take turns.</summary>
    private static Interactions Films() => Interactions.FromEvents(
        Enumerable.Range(0, 600).Select(n => (User: n / 10, Step: n % 10)),
        e => ($"{e.User}", $"{300 + ((e.User + (e.Step * e.Step)) % 40)}", DateTimeOffset.UnixEpoch.AddDays((10 * e.User) + e.Step)))
        .WithItemAttributes(Enumerable.Range(0, 40).Select(film => new AttributeRow($"{300 + film}")
        {
            Texts = { ["title"] = $"Film {film}" },
            Numbers = { ["year"] = 1980 + film },
            Labels = { ["genres"] = [Genres[film % 3]] },
        }));

    [Fact]
    public void An_index_answers_under_conditions()
    {
        var said = new StringWriter();
        Index(Films(), _folder, said);
        int[] films = [.. LinesOf(said).Select(line => int.Parse(line[5..]))];
        Assert.NotEmpty(films);
        Assert.All(films, film => Assert.True(film % 3 < 2 && film is >= 10 and not 18, $"Film {film}"));
        Assert.Equal(Documented("retrieval.md", 0), Mine("index"));
        var token = TestContext.Current.CancellationToken;
        var popular = new ChosenModel(ModelSpec.Popularity, ModelSpec.Popularity).Train(Films(), token);
        Assert.Equal(
            "popularity has no embeddings, so no index can serve it; publish it without.",
            Assert.Throws<InputException>(() => popular.WithIndex(cancellationToken: token)).Message);
    }

    [Fact]
    public void A_pipeline_answers_and_says_why()
    {
        File.WriteAllText(Path.Combine(_folder, "pipeline.json"), """
            { "sources": [{ "kind": "model", "name": "als", "model": "implicit-als", "options": { "dimensions": 4 } },
                          { "kind": "neighbours" }],
              "rerank": [{ "kind": "keep", "count": 20 }] }
            """);
        var said = new StringWriter();
        Pipeline(Films(), _folder, said);
        string[] lines = LinesOf(said);
        Assert.Equal(10 + 1, lines.Length);
        Assert.All(lines[..10], line => Assert.Matches("^Film [0-9]+: (als|neighbours)$", line));
        Assert.Equal(Documented("pipelines.md", 0), Mine("pipeline"));
    }

    private static void Index(Interactions data, string folder, StringWriter said)
    {
        // begin index
        var als = new ChosenModel(ModelSpec.For(new ImplicitAls { Dimensions = 64 }), ModelSpec.Popularity);
        als.Train(data).WithIndex("hnsw", recall: .97).Publish(folder);

        using var recommender = Recommender.Open(folder);
        var request = new RecommendRequest { UserId = "42", Where = ["genres=Comedy|Drama", "year>=1990"], Deny = ["318"] };
        foreach (var item in recommender.Recommend(request).Items) said.WriteLine(item.Title);
        // end
    }

    private static void Pipeline(Interactions data, string folder, StringWriter said)
    {
        string file = Path.Combine(folder, "pipeline.json");
        folder = Path.Combine(folder, "snapshots");
        // begin pipeline
        var fallback = new ChosenModel(ModelSpec.Popularity, ModelSpec.Popularity);
        fallback.Train(data).WithPipeline(file).Publish(folder);

        using var recommender = Recommender.Open(folder);
        var answer = recommender.Recommend(new RecommendRequest { UserId = "42", Count = 10, Explain = true, WhyNot = ["318"] });
        foreach (var item in answer.Items) said.WriteLine($"{item.Title}: {item.Explanation!.Sources[0].Source}");
        said.WriteLine(answer.WhyNot![0].Verdict);       // and answer.SkippedSteps: what was shed, late, busy or failed
        // end
    }

    // what it uses stands at the top of this file
    private static string[] Documented(string file, int example) =>
        [.. Lines(File.ReadAllText(Path.Combine(Root, "docs", file)).Split("```csharp")[1 + example].Split("```")[0])
            .Where(line => !line.StartsWith("using Kindred", StringComparison.Ordinal))];

    private static string[] Mine(string name) =>
        Lines(File.ReadAllText(Path.Combine(Root, "tests", "Kindred.Extension.Tests", "DocumentedExampleTests.cs"))
            .Split($"// begin {name}\n")[1].Split("// end")[0]
            .Replace("(file)", "(\"pipeline.json\")", StringComparison.Ordinal)
            .Replace("(folder)", "(\"snapshots\")", StringComparison.Ordinal)
            .Replace("said.", "Console.", StringComparison.Ordinal));

    private static string[] LinesOf(StringWriter said) => said.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    private static string Root
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Kindred.slnx"))) folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }
}
