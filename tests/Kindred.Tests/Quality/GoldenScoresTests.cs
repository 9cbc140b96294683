using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>
/// Every trainer, on each of the ways its options take it: what its model says of the sample is what it said when golden-scores.json
/// was accepted, to the bit. See <see cref="GoldenFile"/>.
/// </summary>
public sealed class GoldenScoresTests
{
    private static readonly GoldenFile Golden = new("tests/Kindred.Tests/Quality/golden-scores.json");

    // Name in the file → trainer, its options, and what it learns from.
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["popularity"] = new("popularity"),
        ["popularity, recent"] = new("popularity", """{ "halfLifeDays": 90 }"""),
        ["item-knn"] = new("item-knn"),
        ["item-knn, bm25"] = new("item-knn", """{ "similarity": "bm25", "neighbours": 20, "historyHalfLife": 10 }"""),
        ["item-knn, log-likelihood"] = new("item-knn", """{ "similarity": "logLikelihood", "historyHalfLifeDays": 30 }"""),
        ["item-knn, pearson"] = new("item-knn", """{ "similarity": "pearson", "minimumOverlap": 3, "minimumSimilarity": 0.1 }"""),
        ["item-knn, tversky"] = new("item-knn", """{ "similarity": "tversky", "tverskyAlpha": 0.3, "tverskyBeta": 0.9 }"""),
        ["item-knn, continued"] = new("item-knn", """{ "neighbours": 50 }""", Learns.Continued),
        ["user-knn"] = new("user-knn"),
        ["user-knn, tf-idf"] = new("user-knn", """{ "similarity": "tfIdf", "neighbours": 30, "commonItemUsers": 100 }"""),
        ["rating-knn"] = new("rating-knn"),
        ["rating-knn, users"] = new("rating-knn", """{ "itemBased": false, "similarity": "meanSquaredDifference", "center": "mean" }"""),
        ["implicit-als"] = new("implicit-als", """{ "dimensions": 24, "epochs": 2 }"""),
        ["implicit-als, conjugate gradient"] = new("implicit-als", """{ "dimensions": 24, "epochs": 3, "solver": "conjugateGradient" }"""),
        ["implicit-als, subspace"] = new("implicit-als",
            """{ "dimensions": 24, "epochs": 3, "solver": "subspace", "blockDimensions": 8 }"""),
        ["implicit-als, confidence"] = new("implicit-als",
            """{ "dimensions": 17, "epochs": 2, "confidenceScale": 5, "confidenceGrowth": "logarithmic", "unobservedFrequency": 0.5 }"""),
        ["implicit-als, attributes"] = new("implicit-als", """{ "dimensions": 16, "epochs": 2, "features": "item.*" }""", Learns.Genres),
        ["implicit-als, continued"] = new("implicit-als", """{ "dimensions": 16, "epochs": 2 }""", Learns.Continued),
        ["bpr"] = new("bpr", """{ "dimensions": 16, "epochs": 2 }"""),
        ["bpr, hard negatives"] = new("bpr",
            """{ "dimensions": 17, "epochs": 2, "negativeCandidates": 64, "itemBias": true, "adaptiveRate": true }"""),
        ["bpr, one candidate"] = new("bpr",
            """{ "dimensions": 16, "epochs": 2, "negativeCandidates": 1, "negativeExponent": 0.5, "existingNegatives": true }"""),
        ["bpr, continued"] = new("bpr", """{ "dimensions": 16, "epochs": 1 }""", Learns.Continued),
        ["warp"] = new("warp", """{ "dimensions": 16, "epochs": 2 }"""),
        ["warp, plain rate"] = new("warp",
            """{ "dimensions": 17, "epochs": 2, "adaptiveRate": false, "itemBias": true, "propensityExponent": 0.3 }"""),
        ["logistic-mf"] = new("logistic-mf", """{ "dimensions": 16, "epochs": 2 }"""),
        ["sampled-softmax"] = new("sampled-softmax", """{ "dimensions": 16, "epochs": 1, "negativeCount": 64 }"""),
        ["sampled-softmax, in batch"] = new("sampled-softmax",
            """{ "dimensions": 16, "epochs": 1, "negativeCount": 64, "inBatchNegatives": true, "cosine": false, "temperature": 1 }"""),
        ["lightgcn"] = new("lightgcn", """{ "dimensions": 16, "epochs": 1, "negativeCount": 128 }""", Learns.Frequent),
        ["lightgcn, bpr"] = new("lightgcn",
            """{ "dimensions": 16, "epochs": 1, "loss": "bpr", "negativeCount": 1, "layerCount": 2 }""", Learns.Frequent),
        ["graph-filter"] = new("graph-filter", """{ "dimensions": 16 }""", Learns.Frequent),
        ["graph-filter, smoothing alone"] = new("graph-filter", """{ "dimensions": 17, "sharpening": 0 }""", Learns.Frequent),
        ["ease"] = new("ease", "{}", Learns.Frequent),
        ["ease, all weights"] = new("ease", """{ "weightsKept": 0 }""", Learns.Frequent),
        ["ease, candidates"] = new("ease", """{ "candidates": 50, "weightsKept": 40, "eventWeights": true }""", Learns.Frequent),
        ["slim"] = new("slim", """{ "candidates": 40, "sweeps": 10 }""", Learns.Frequent),
        ["content-knn"] = new("content-knn", """{ "neighbours": 40 }""", Learns.Genres),
        ["marec"] = new("marec", """{ "neighbours": 40, "weightsKept": 100 }""", Learns.ColdFrequent),
        ["slope-one"] = new("slope-one", "{}", Learns.Frequent),
        ["slope-one, neighbours"] = new("slope-one", """{ "neighbours": 30 }""", Learns.Frequent),
        ["bias"] = new("bias"),
        ["mf"] = new("mf", """{ "dimensions": 16, "epochs": 2 }"""),
        ["svdpp"] = new("svdpp", """{ "dimensions": 16, "epochs": 1 }"""),
        ["als"] = new("als", """{ "dimensions": 16, "epochs": 2 }"""),
        ["fm"] = new("fm", """{ "dimensions": 8, "epochs": 1 }""", Learns.Genres),
        ["fm, moments"] = new("fm",
            """{ "features": "user + item + item.genres + history + last-item + hour", "dimensions": 8, "epochs": 1, "dropout": 0.1 }""",
            Learns.Genres),
        ["fm, squared by coordinates"] = new("fm",
            """{ "features": "user + item", "loss": "squared", "solver": "coordinate", "dimensions": 4, "epochs": 2 }"""),
        ["fm, gibbs"] = new("fm",
            """
            { "features": "user + item + item.genres", "loss": "squared", "solver": "gibbs", "dimensions": 4, "epochs": 5, "draws": 3 }
            """,
            Learns.Genres),
        ["fm, continued"] = new("fm", """{ "features": "user + item", "dimensions": 8, "epochs": 1 }""", Learns.Continued),
    };

    // What is not given, as it was when the scores were accepted: a better default does not change how a model scores.
    private static readonly Dictionary<string, string> Given = new()
    {
        ["implicit-als"] = """{ "regularization": 0.03, "unobservedWeight": 0.1 }""",
        ["item-knn"] = """{ "shrinkage": 3 }""",
        ["ease"] = """{ "regularization": 100 }""",
        ["sampled-softmax"] = """{ "temperature": 0.1 }""",
        ["warp"] = """{ "learningRate": 0.05, "regularization": 0.1 }""",
        ["graph-filter"] = """{ "lowPass": 0.2, "sharpening": 2.5 }""",
        ["bpr"] = """{ "learningRate": 0.1, "regularization": 0.01 }""",
    };

    private enum Learns
    {
        Everything,

        /// <summary>From the films with 20 ratings: for costs that grow with the square of the catalogue, and more.</summary>
        Frequent,

        /// <summary>With the genres of the films.</summary>
        Genres,

        /// <summary>From the films with 20 ratings and their genres, but not from the ratings of every tenth of them.</summary>
        ColdFrequent,

        /// <summary>From every other event, and goes on with all of them.</summary>
        Continued,
    }

    private sealed record Case(string Trainer, string Options = "{}", Learns Learns = Learns.Everything);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Scores_are_as_they_were(string name)
    {
        var (trainerName, options, learns) = Cases[name];
        var all = JsonNode.Parse(Given.GetValueOrDefault(trainerName, "{}"))!.AsObject();
        foreach (var (option, value) in JsonNode.Parse(options)!.AsObject()) all[option] = value?.DeepClone();
        var trainer = TrainerCatalog.Default.Create(trainerName, all);
        var data = DataFor(learns);
        var context = new TrainingContext { Seed = 7, Cancellation = TestContext.Current.CancellationToken };
        var model = learns == Learns.Continued
            ? ((IIncrementalTrainer)trainer).ContinueFrom(trainer.Train(HalfOf(data), context), data, context)
            : trainer.Train(data, context);
        Golden.Check(name, GoldenScores.Of(model, data));
    }

    [Fact]
    public void Every_trainer_is_pinned_and_nothing_else()
    {
        Assert.Empty(TrainerCatalog.Default.Entries.Keys.Except(Cases.Values.Select(c => c.Trainer)));
        Golden.CheckNames(Cases.Keys);
    }

    private static Interactions DataFor(Learns learns) => learns switch
    {
        Learns.Frequent => Frequent.Value,
        Learns.ColdFrequent => Cold(MovieLensSmall.WithGenres(Frequent.Value)),
        Learns.Genres => MovieLensSmall.LoadWithGenres(),
        _ => MovieLensSmall.Load(),
    };

    private static readonly Lazy<Interactions> Frequent = new(() => MovieLensSmall.OfFilmsWith(ratings: 20));

    private static Interactions Cold(Interactions data) =>
        data.Where([.. data.Histories.Items.ToArray().Select(item => item % 10 != 0)]);

    private static Interactions HalfOf(Interactions data)
    {
        bool[] half = new bool[data.Histories.Count];
        for (int n = 0; n < half.Length; n += 2) half[n] = true;
        return data.Where(half);
    }
}
