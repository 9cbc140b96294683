using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Neural;

/// <summary>
/// Every neural trainer: what its model says of a part of the sample is what it said when golden-neural-scores.json was accepted.
/// libtorch chooses its code by the processor, so bits are compared on one of the same kind; elsewhere lists. See <see
/// cref="GoldenFile"/>.
/// </summary>
public sealed class GoldenNeuralScoresTests
{
    private static readonly GoldenFile Golden = new("tests/Kindred.Native.Tests/Neural/golden-neural-scores.json", ProcessorKind.Name);

    private static readonly Lazy<Interactions> Data = new(() => MovieLensSmall.WithGenres(MovieLensSmall.OfFilmsWith(ratings: 80)));

    private static readonly Dictionary<string, (string Trainer, string Options)> Cases = new()
    {
        ["sasrec"] = ("sasrec", """{ "dimensions": 8, "epochs": 1, "historyLength": 10, "layerCount": 1 }"""),
        ["sasrec, calibrated"] = ("sasrec",
            """{ "dimensions": 8, "epochs": 1, "historyLength": 10, "headCount": 2, "loss": "calibrated", "negativeCount": 16 }"""),
        ["sasrec, one negative"] = ("sasrec",
            """{ "dimensions": 8, "epochs": 1, "historyLength": 10, "layerCount": 1, "loss": "binaryCrossEntropy", "negativeCount": 1 }"""),
        ["bert4rec"] = ("bert4rec", """{ "dimensions": 8, "epochs": 1, "historyLength": 10, "layerCount": 1 }"""),
        ["gru4rec"] = ("gru4rec", """{ "dimensions": 8, "epochs": 1, "historyLength": 10 }"""),
        ["two-tower"] = ("two-tower",
            """{ "dimensions": 8, "hiddenDimensions": 8, "epochs": 1, "historyLength": 10, "negativeCount": 32 }"""),
        ["two-tower, attention"] = ("two-tower",
            """
            { "dimensions": 8, "hiddenDimensions": 8, "epochs": 1, "historyLength": 10, "negativeCount": 32, "pooling": "attention",
              "hardNegativeCount": 4, "labelWeights": "idf" }
            """),
        ["pinsage"] = ("pinsage",
            """{ "dimensions": 8, "hiddenDimensions": 8, "epochs": 1, "historyLength": 10, "negativeCount": 32, "walkSteps": 90 }"""),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Scores_are_as_they_were(string name)
    {
        var (trainer, options) = Cases[name];
        var context = new TrainingContext { Seed = 7, Cancellation = TestContext.Current.CancellationToken };
        var model = NeuralTrainers.Catalog.Create(trainer, JsonNode.Parse(options)!.AsObject()).Train(Data.Value, context);
        Golden.Check(name, GoldenScores.Of(model, Data.Value));
    }

    [Fact]
    public void Every_trainer_is_pinned_and_nothing_else()
    {
        Assert.Empty(NeuralTrainers.Entries.Select(entry => entry.Summary.Name).Except(Cases.Values.Select(c => c.Trainer)));
        Golden.CheckNames(Cases.Keys);
    }
}
