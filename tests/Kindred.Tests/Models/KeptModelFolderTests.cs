using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

/// <summary>Model folders that earlier versions wrote, one of each family, neural ones among them: see <see cref="KeptAnswers"/>.</summary>
public sealed class KeptModelFolderTests
{
    private const string Folder = "tests/Kindred.Tests/Models/format-1";

    private static readonly KeptAnswers Kept = new(Folder, "scores.json");

    // Trained by another project, served by this one.
    private static readonly string[] Neural = ["two-tower", "pinsage", "bert4rec", "gru4rec", "sasrec"];

    public static TheoryData<string> Names => [.. Kept.Names];

    public static TheoryData<string> ManagedNames =>
        [.. Kept.Names.Where(name => !Neural.Any(trainer => name.StartsWith(trainer, StringComparison.Ordinal)))];

    [Theory, MemberData(nameof(Names))]
    public void A_model_folder_of_format_1_opens_forever(string name)
    {
        using var dataset = DataFolder.Open(Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Data", "format-1", "data"));
        using var folder = ModelFolder.Open(Kept.PathOf(name));
        Assert.StartsWith(folder.Manifest.Trainer, name, StringComparison.Ordinal);
        Assert.Equal((42, .125, "twelve", dataset.Fingerprint), (
            folder.Manifest.Seed, folder.Manifest.Seconds, folder.Manifest.Dataset, folder.Manifest.Fingerprint));
        Assert.Equal((12, 9, dataset.Interactions.Histories.Count), (folder.Manifest.Users, folder.Manifest.Items, folder.Manifest.Events));
        Assert.True(folder.Users.HasSameIds(dataset.Interactions.Users) && folder.Model.Items.HasSameIds(dataset.Interactions.Items));
        var scores = new float[9];
        foreach (var (who, query) in KeptAnswers.QueriesOf(dataset.Interactions))
        {
            folder.Model.Score(query, scores);
            Kept.Check(name, who, scores);
        }
    }

    /// <summary>A model can be trained again with the options that it was trained with, whatever they are called by now.</summary>
    [Theory, MemberData(nameof(ManagedNames))]
    public void The_options_of_a_model_folder_of_format_1_are_understood(string name)
    {
        using var folder = ModelFolder.Open(Kept.PathOf(name));
        var trainer = TrainerCatalog.Default.Create(folder.Manifest.Trainer, folder.Manifest.Options);
        Assert.IsType(TrainerCatalog.Default.Find(folder.Manifest.Trainer).Type, trainer);
    }

    [Fact]
    public void Every_family_is_kept()
    {
        Assert.Empty(TrainerCatalog.Default.Entries.Keys.Concat(Neural).Except(Kept.Names));
        Assert.Equal(Kept.Names.Order(), Directory.GetDirectories(Path.Combine(RealData.Root, Folder)).Select(Path.GetFileName).Order());
    }
}
