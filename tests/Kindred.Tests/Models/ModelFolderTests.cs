using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

public sealed class ModelFolderTests
{
    [Fact]
    public void A_model_comes_back_with_its_vocabularies_and_its_story()
    {
        using var folder = new TemporaryFolder();
        var data = EventList.Parse("ann: tea@1 jam@3", "bob: tea@2 rye@5", "cid: jam@4 rye@6 tea@7");
        DataFolder.Write(folder.File("data"), new("kitchen", [], new Dictionary<string, string>(), ValueKind.None, new(7, 7, 0, 0, 0)),
            data, Catalog.Empty(data.Items.Count), Catalog.Empty(data.Users.Count));
        using var dataset = DataFolder.Open(folder.File("data"));
        var trainer = new ItemKnn { Neighbours = 2, Shrinkage = 0 };
        var context = new TrainingContext { Seed = 5 };
        var model = trainer.Train(dataset.Interactions, context);

        ModelFolder.Write(folder.File("model"), ModelManifest.For(trainer, context, TimeSpan.FromSeconds(2), dataset.Interactions),
            dataset.Interactions.Users, model);

        Assert.True(ModelFolder.Is(folder.File("model")));
        using var opened = ModelFolder.Open(folder.File("model"));
        Assert.Equal(
            ("item-knn", 5, 2.0, "kitchen", dataset.Fingerprint), (opened.Manifest.Trainer, opened.Manifest.Seed, opened.Manifest.Seconds,
            opened.Manifest.Dataset, opened.Manifest.Fingerprint));
        Assert.Equal(trainer, TrainerCatalog.Default.Create(opened.Manifest.Trainer, opened.Manifest.Options));
        Assert.True(opened.Users.TryGetIndex("cid", out int cid));
        float[] before = new float[data.Items.Count], after = new float[data.Items.Count];
        model.Score(Query.Of(dataset.Interactions, cid), before);
        opened.Model.Score(Query.Of(dataset.Interactions, cid), after);
        Assert.Equal(before, after);
    }

    [Fact]
    public void Another_kind_of_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.False(ModelFolder.Is(folder.Path));
        Assert.Throws<InputException>(() => ModelFolder.Open(folder.Path));
    }
}
