using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Models;
using Kindred.Snapshots;

namespace Kindred.Extension.Tests;

/// <summary>A trainer that was written elsewhere does all that one of the library does.</summary>
public sealed class MarkovChainTests : IDisposable
{
    // 200 users walk around a circle of 20 items: what comes next is known, and every item is equally popular
    private static readonly Interactions Data = Interactions.FromEvents(
        Enumerable.Range(0, 200).SelectMany(user => Enumerable.Range(0, 10).Select(step => (User: user, Step: step))),
        e => ($"u{e.User}", $"i{(e.User + e.Step) % 20}", DateTimeOffset.UnixEpoch.AddDays((10 * e.User) + e.Step)));

    private static readonly TrainerCatalog Trainers = TrainerCatalog.Default.With(MarkovChain.Entry);

    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-extension-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_is_named_has_options_and_ranges()
    {
        Assert.Equal(new MarkovChain { Smoothing = .5f }, ModelSpec.Parse("markov-chain:smoothing=0.5", Trainers).Trainer);
        Assert.Equal("markov-chain:smoothing=0.5", ModelSpec.For(new MarkovChain { Smoothing = .5f }).Name);
        Assert.Equal(
            "smoothing must be 0 to 1, was 2.",
            Assert.Throws<InputException>(() => Trainers.Create("markov-chain", new JsonObject { ["smoothing"] = 2 })).Message);
        Assert.Contains("There is no model 'markov-chain'", Assert.Throws<InputException>(() => ModelSpec.Parse("markov-chain")).Message);
        Assert.Equal("0..1", Trainers.Find("markov-chain").Space["smoothing"]!.ToString());
    }

    [Fact]
    public void It_is_kept_in_a_model_folder()
    {
        var trained = ModelSpec.For(new MarkovChain()).Train(Data, new() { Cancellation = Cancellation });
        string path = Path.Combine(_folder, "model");
        ModelFolder.Write(path, trained.Manifest, Data.Users, trained.Model);
        Assert.StartsWith($"{path} has a model of the trainer 'markov-chain'",
            Assert.Throws<InputException>(() => ModelFolder.Open(path)).Message, StringComparison.Ordinal);
        using var folder = ModelFolder.Open(path, Trainers);
        Assert.Equal("markov-chain", folder.Manifest.Trainer);
        float[] before = new float[Data.Items.Count], after = new float[Data.Items.Count];
        trained.Model.Score(Query.Of(Data, 3), before);
        folder.Model.Score(Query.Of(Data, 3), after);
        Assert.Equal(before, after);
    }

    [Fact]
    public void It_is_compared_published_and_served()
    {
        var choice = ModelComparison.Run(Data, new ComparisonOptions { Workers = 1 }, [new MarkovChain(), new ItemKnn()], Cancellation);
        Assert.Equal("markov-chain", choice.Winner.Model.Name);
        choice.Winner.Train(Data, Cancellation).Publish(_folder);
        using var recommender = Recommender.Open(_folder, Trainers);
        var answer = recommender.Recommend(new() { History = [new("i4"), new("i5")], Count = 1 }, Cancellation);
        Assert.Equal("i6", Assert.Single(answer.Items).ItemId);
        string refusal = Assert.Throws<InputException>(() => Recommender.Open(_folder)).Message;
        Assert.Equal($"{Assert.Single(Directory.GetDirectories(_folder))} has a model of the trainer 'markov-chain', which is none of " +
            "this library's; open it with a TrainerCatalog that knows it: TrainerCatalog.Default.With(TrainerEntry.Of<…>(…)).", refusal);
    }
}
