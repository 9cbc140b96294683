using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.Tests.Snapshots;

/// <summary>Snapshots that earlier versions published: with an index, and with pipelines. See <see cref="KeptAnswers"/>.</summary>
public sealed class KeptSnapshotTests
{
    private static readonly KeptAnswers WithIndex = new("tests/Kindred.Tests/Snapshots/format-2", "answers.json");

    private static readonly KeptAnswers WithPipeline = new("tests/Kindred.Tests/Snapshots/format-3", "answers.json");

    public static TheoryData<string> OfFormat2 => [.. WithIndex.Names];

    public static TheoryData<string> OfFormat3 => [.. WithPipeline.Names];

    [Theory, MemberData(nameof(OfFormat2))]
    public void A_snapshot_of_format_2_opens_forever(string name)
    {
        using var snapshot = Snapshot.Open(WithIndex.PathOf(name));
        Assert.Equal(("flat", .99), (snapshot.Index!.Description.Kind, snapshot.Manifest.Index!.Recall!.Low));
        AnswersAsItDid(WithIndex, name, snapshot);
    }

    /// <summary>One ranks by boosted trees, one by a cross network, one by the ranks that sources gave.</summary>
    [Theory, MemberData(nameof(OfFormat3))]
    public void A_snapshot_of_format_3_opens_forever(string name)
    {
        using var snapshot = Snapshot.Open(WithPipeline.PathOf(name));
        Assert.Equal(7, snapshot.Trained!.Config.Sources.Count);
        Assert.Equal(5, snapshot.Trained.Config.Rerank.Count);
        AnswersAsItDid(WithPipeline, name, snapshot);
    }

    private static void AnswersAsItDid(KeptAnswers kept, string name, Snapshot snapshot)
    {
        var manifest = snapshot.Manifest;
        Assert.Equal((name, 12, 9, "implicit-als", "popularity"), (
            manifest.Id, manifest.Users, manifest.Items, manifest.Model.Trainer, manifest.Fallback.Trainer));
        Assert.Equal(.25, (double)manifest.Report!["ndcg@10"]!);
        Assert.Equal("千と千尋の神隠し", snapshot.ItemCatalog.TitleOf(7));
        foreach (var (who, query) in KeptAnswers.QueriesOf(snapshot.Interactions))
            kept.Check(name, who, snapshot.Items, snapshot.Pipeline.Recommend(query, 6));
        kept.Check(name, "similar to i3", snapshot.Items, snapshot.SimilarItems.Find(2, 3));
    }
}
