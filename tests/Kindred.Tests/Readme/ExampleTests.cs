using System.Text.RegularExpressions;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Readme;

/// <summary>The README's examples: what stands there is what runs.</summary>
public sealed partial class ExampleTests
{
    private static string[] Examples =>
        [.. File.ReadAllText(Path.Combine(RealData.Root, "README.md")).Split("```csharp")[1..].Select(text => text.Split("```")[0])];

    [Fact]
    public void The_example_runs()
    {
        using var folder = new TemporaryFolder();
        var said = new StringWriter();
        Run(Path.Combine(RealData.MovieLensSmall, "ratings.csv"), folder.File("snapshots"), said);
        string[] lines = said.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("It beats popularity by ", lines[0], StringComparison.Ordinal);
        Assert.Equal(10, lines[^10..].Count(line => Item().IsMatch(line)));
    }

    [Fact]
    public void It_is_the_readmes_and_short()
    {
        string mine = File.ReadAllText(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Readme", "ExampleTests.cs"))
            .Split("// be" + "gin")[1].Split("// e" + "nd")[0]
            .Replace("ReadLines(file)", "ReadLines(\"samples/movielens/ratings.csv\")").Replace("(folder)", "(\"snapshots\")")
            .Replace("said.WriteLine", "Console.WriteLine");
        var readmes = Lines(Examples[0]);
        Assert.Equal(readmes.Where(line => !line.StartsWith("using Kindred", StringComparison.Ordinal)), Lines(mine));
        Assert.True(readmes.Length <= 15 && readmes.Count(line => line.StartsWith("using Kindred", StringComparison.Ordinal)) <= 3);
    }

    /// <summary>The sample runs in the system's tests.</summary>
    [Fact]
    public void The_host_is_that_of_the_sample()
    {
        string sample = File.ReadAllText(Path.Combine(RealData.Root, "samples", "homepage", "Program.cs"));
        string[] readmes = Lines(Examples[1]), samples = Lines(sample);
        Assert.Contains(string.Join('\n', readmes[..^1]), string.Join('\n', samples), StringComparison.Ordinal);
        Assert.Equal(("app.Run();", "app.Run();"), (readmes[^1], samples[^1]));
    }

    [Fact]
    public void One_model_is_trained_without_a_comparison()
    {
        using var folder = new TemporaryFolder();
        TrainOne(Interactions.FromEvents([("ann", "tea"), ("ann", "jam"), ("bob", "tea")], e => e), folder.Path);
        string mine = File.ReadAllText(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Readme", "ExampleTests.cs"))
            .Split("// fir" + "st")[1].Split("// la" + "st")[0].Replace("(folder)", "(\"snapshots\")");
        Assert.Equal(Lines(Examples[2]).Where(line => !line.StartsWith("using Kindred", StringComparison.Ordinal)), Lines(mine));
        using var published = Recommender.Open(folder.Path);
        Assert.Equal("jam", published.Recommend("bob", count: 1, TestContext.Current.CancellationToken).Items[0].ItemId);
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Select(line => Spaces().Replace(line, " "))];

    private static void Run(string file, string folder, StringWriter said)
    {
        // begin
        var ratings = File.ReadLines(file).Skip(1).Select(line => line.Split(','));
        var data = Interactions.FromEvents(ratings, r => (r[0], r[1], DateTimeOffset.FromUnixTimeSeconds(long.Parse(r[3]))));

        var result = ModelComparison.Run(data, new ItemKnn(), new ImplicitAls { Dimensions = 32 });
        said.WriteLine(result.Advice);
        result.Winner.Train(data).Publish(folder);

        using var recommender = Recommender.Open(folder);
        foreach (var item in recommender.Recommend("322", count: 10).Items) said.WriteLine($"{item.ItemId} {item.Score}");
        // end
    }

    private static void TrainOne(Interactions data, string folder)
    {
        // first
        using var shop = Recommender.From(data, new ItemKnn().Train(data), fallback: new Popularity().Train(data));
        var chosen = new ChosenModel(ModelSpec.For(new ItemKnn { Neighbours = 50 }), ModelSpec.Popularity);
        chosen.Train(data).Publish(folder);
        // last
        Assert.Equal("jam", shop.Recommend("bob", count: 1).Items[0].ItemId);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^\d+ [\d.E+-]+$")]
    private static partial Regex Item();
}
