using System.Text.Json;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Configuration;

/// <summary>A pipeline that was written for version 0.1.0, of every kind of source and stage: it is written once, never again.</summary>
public sealed class KeptPipelineTests
{
    private static readonly string Folder = Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Configuration", "format-1");

    private static readonly string[] Sources = ["als", "neighbours", "popular", "newest", "sameLabel", "lastViewed", "pinned", "elsewhere"];

    private static readonly string[] Stages =
    [
        "house rules", "popularityPenalty", "inversePropensity", "keep", "mmr", "dpp", "calibrated", "caps",
        "epsilonGreedy", "softmax", "thompson",
    ];

    private static PipelineConfig Read() => PipelineConfig.Read(Path.Combine(Folder, "pipeline.json"));

    [Fact]
    public void It_is_read_forever() => Assert.Equal([.. Sources, "seen", "ranker", .. Stages], Read().Steps);

    /// <summary>kept.json is what a snapshot of it held: it means the same as what people wrote.</summary>
    [Fact]
    public void As_a_snapshot_kept_it_it_is_the_same_pipeline()
    {
        using var kept = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "kept.json")));
        Assert.Equal(Read().ToJson().GetRawText(), PipelineConfig.Of(kept.RootElement).ToJson().GetRawText());
    }

    [Fact]
    public void It_can_be_trained_and_asked()
    {
        using var dataset = DataFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Data", "format-1", "data"));
        var config = Read().Without("elsewhere") with { Ranker = null }; // without the network, and without native packages
        var context = new TrainingContext { Seed = 1, Cancellation = TestContext.Current.CancellationToken };
        var pipeline = new PipelineTrainer().Train(config, dataset.Interactions, context).Bind(dataset.Interactions);
        Assert.Equal(5, pipeline.Recommend(Query.Of(dataset.Interactions, 8), 5).Count);
    }
}
