using System.Text.RegularExpressions;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Readme;

/// <summary>The README's example: what stands there is what runs here.</summary>
public sealed partial class ExampleTests
{
    [Fact]
    public void The_example_runs()
    {
        using var folder = new TemporaryFolder();
        var films = MovieLensSmall.Load();
        DataFolder.Write(folder.File("films"), new("films", [], new Dictionary<string, string>(), ValueKind.Ratings, new(0, 0, 0, 0, 0)),
            films, Catalog.Empty(films.Items.Count), Catalog.Empty(films.Users.Count));

        var said = new StringWriter();
        Run(folder.File("films"), said);
        Assert.Contains(", not significant. With 82 users, only differences of ", said.ToString());
        Assert.Equal(11, said.ToString().Split('\n', StringSplitOptions.TrimEntries).Length - 1);
    }

    [Fact]
    public void It_is_the_readmes()
    {
        static string[] Lines(string text) =>
            [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Select(line => Spaces().Replace(line, " "))];
        string readme = File.ReadAllText(Path.Combine(RealData.Root, "README.md")).Split("```csharp")[1].Split("```")[0];
        string mine = File.ReadAllText(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Readme", "ExampleTests.cs"))
            .Split("// be" + "gin")[1].Split("// e" + "nd")[0]
            .Replace("DataFolder.Open(films)", "DataFolder.Open(\"out/films\")").Replace("said.WriteLine", "Console.WriteLine");
        Assert.Equal(Lines(readme), Lines(mine));
    }

    private static void Run(string films, StringWriter said)
    {
        // begin
        using var dataset = DataFolder.Open(films);
        var split = new GlobalTimeSplit().Split(dataset.Interactions);

        var popularity = new Popularity { HalfLifeDays = 365 }.Train(split.Final.Train, new());
        var model = new ImplicitAls { Dimensions = 32 }.Train(split.Final.Train, new());

        var served = model.AsPipeline(fallback: popularity);
        var report = Evaluator.Evaluate("als", served, split.Final);
        var baseline = Evaluator.Evaluate("popularity", popularity.AsPipeline(), split.Final);
        said.WriteLine(Significance.Compare(report, baseline, "NDCG@10", workers: 2, CancellationToken.None).Verdict);

        // An anonymous visitor with two films: folded in, nothing is trained again.
        var visitor = new Query(User: -1, History: new[] { 10, 42 });
        foreach (var candidate in served.Recommend(visitor, count: 10)) said.WriteLine(dataset.ItemCatalog.TitleOf(candidate.Item));
        // end
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
