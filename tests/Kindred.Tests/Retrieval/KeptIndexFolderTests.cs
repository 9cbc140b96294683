using System.Globalization;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Tests.Support;

namespace Kindred.Tests.Retrieval;

/// <summary>Index folders that earlier versions wrote, one of each kind: see <see cref="KeptAnswers"/>.</summary>
public sealed class KeptIndexFolderTests
{
    private static readonly KeptAnswers Kept = new("tests/Kindred.Tests/Retrieval/format-1", "nearest.json");

    public static TheoryData<string> Names => [.. Kept.Names];

    [Theory, MemberData(nameof(Names))]
    public void An_index_folder_of_format_1_opens_forever(string name)
    {
        using var model = ModelFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Models", "format-1", "implicit-als"));
        using var folder = IndexFolder.Open(Kept.PathOf(name));
        var manifest = folder.Manifest;
        Assert.StartsWith(manifest.Kind, name, StringComparison.Ordinal);
        Assert.Equal((manifest.Kind, 3), (folder.Index.Description.Kind, folder.Index.Description.Dimensions));
        Assert.Equal(
            ("implicit-als", "0123", .95, .99), (manifest.Trainer, manifest.Fingerprint, manifest.TargetRecall, manifest.Recall!.Low));
        int[] items = new int[4];
        float[] scores = new float[4];
        int count = folder.Index.Search(new(((IEmbeddingModel)model.Model).ItemEmbeddings.Row(2)), items, scores);
        Kept.Check(name, "nearest to i3", string.Join(' ', Enumerable.Range(0, count).Select(n =>
            string.Create(CultureInfo.InvariantCulture, $"{folder.Items.Id(items[n])} {scores[n]:R}"))));
    }

    [Fact]
    public void Every_kind_is_kept() => Assert.Empty(IndexCatalog.Entries.Keys.Except(Kept.Names));
}
