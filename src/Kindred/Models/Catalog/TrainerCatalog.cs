using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models.Graphs;
using Kindred.Models.Neighbours;
using Kindred.Models.Ratings;
using Kindred.Models.Sequences;
using Kindred.Models.Sgd;
using Kindred.Models.Towers;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>Every trainer there is, by the name used on the command line, in configuration and in files.</summary>
/// <remarks>
/// Trainers that need native packages live in projects of their own. A program that has such a project adds its trainers when it starts
/// (<see cref="Add"/>); their models are served from here by any program (<see cref="Load"/>).
/// </remarks>
public static class TrainerCatalog
{
    // Models that are trained elsewhere: name, and how to read one.
    private static readonly Dictionary<string, Func<TensorFile, Vocabulary, IModel>> ServedOnly = new(StringComparer.Ordinal)
    {
        ["two-tower"] = TowerModel.Load,
        ["pinsage"] = HistoryMean.Load,
        ["bert4rec"] = Transformer.Load,
        ["gru4rec"] = GatedRecurrence.Load,
        ["sasrec"] = Transformer.Load,
    };

    /// <param name="Type">The trainer record: its <c>init</c> properties are the options, their values the defaults.</param>
    /// <param name="Load">Reads a model that the trainer's model saved; the vocabulary is that of its items.</param>
    /// <param name="Summary">What it is good for, before one looks at its options.</param>
    /// <param name="Space">Which options are worth searching, in which ranges.</param>
    public sealed record Entry(Type Type, Func<TensorFile, Vocabulary, IModel> Load, TrainerSummary Summary, SearchSpace Space)
    {
        /// <param name="space">Null: none is named.</param>
        public static Entry Of<T>(Func<TensorFile, Vocabulary, IModel> load, SearchSpace? space = null) where T : ITrainer, new() =>
            new(typeof(T), load, new T().Summary, space ?? SearchSpace.Empty(typeof(T)));
    }

    public static IReadOnlyDictionary<string, Entry> Entries { get; private set; } = new Dictionary<string, Entry>(StringComparer.Ordinal)
    {
        ["popularity"] = Entry.Of<Popularity>(Popularity.Load, Popularity.Space),
        ["item-knn"] = Entry.Of<ItemKnn>(ItemKnnModel.Load, ItemKnn.Space),
        ["implicit-als"] = Entry.Of<ImplicitAls>(ImplicitAls.Load, ImplicitAls.Space),
        ["bpr"] = Entry.Of<Bpr>(SgdModel.Load<Bpr>, Bpr.Space),
        ["warp"] = Entry.Of<Warp>(SgdModel.Load<Warp>, Warp.Space),
        ["logistic-mf"] = Entry.Of<LogisticMf>(SgdModel.Load<LogisticMf>, LogisticMf.Space),
        ["sampled-softmax"] = Entry.Of<SampledSoftmax>(SgdModel.Load<SampledSoftmax>, SampledSoftmax.Space),
        ["lightgcn"] = Entry.Of<LightGcn>(LightGcn.Load, LightGcn.Space),
        ["ease"] = Entry.Of<Ease>(Ease.Load, Ease.Space),
        ["slim"] = Entry.Of<Slim>(Slim.Load, Slim.Space),
        ["slope-one"] = Entry.Of<SlopeOne>(SlopeOne.Load),
        ["user-knn"] = Entry.Of<UserKnn>(UserKnn.Load, UserKnn.Space),
        ["rating-knn"] = Entry.Of<RatingKnn>(RatingKnn.Load, RatingKnn.Space),
        ["bias"] = Entry.Of<Bias>(Bias.Load),
        ["fm"] = Entry.Of<FactorizationMachine>(FactorizationMachine.Load, FactorizationMachine.Space),
        ["mf"] = Entry.Of<MatrixFactorization>(RatingFactors.Load<MatrixFactorization>, MatrixFactorization.Space),
        ["svdpp"] = Entry.Of<SvdPlusPlus>(RatingFactors.Load<SvdPlusPlus>, SvdPlusPlus.Space),
        ["als"] = Entry.Of<ExplicitAls>(RatingFactors.Load<ExplicitAls>, ExplicitAls.Space),
    };

    /// <param name="options">Option values by camelCase name; the others keep their defaults.</param>
    /// <exception cref="InputException">No such trainer, or it has no such option, or the value does not fit.</exception>
    public static ITrainer Create(string name, JsonObject? options = null) => TrainerOptions.Create(Find(name).Type, options ?? []);

    /// <summary>Adds trainers of another project. Called when a program starts, before anybody looks; adding the same ones again changes nothing.</summary>
    public static void Add(IReadOnlyDictionary<string, Entry> trainers)
    {
        var all = new Dictionary<string, Entry>(Entries, StringComparer.Ordinal);
        foreach (var (name, entry) in trainers)
        {
            if (all.TryGetValue(name, out var other) && other.Type != entry.Type) throw new ArgumentException($"There is another trainer '{name}'.", nameof(trainers));
            all[name] = entry;
        }
        Entries = all;
    }

    /// <exception cref="InputException">No such trainer.</exception>
    public static Entry Find(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry
        : ServedOnly.ContainsKey(name) ? throw new InputException($"{name} is trained by kindred-neural, the command with neural models; use that in place of this program.")
        : throw new InputException($"There is no model '{name}'; there are {string.Join(", ", Entries.Keys)}.");

    /// <summary>Reads a model that was saved, whether or not it can be trained here.</summary>
    /// <param name="name">Of its trainer.</param>
    /// <exception cref="InputException">No such model, or its file is damaged.</exception>
    public static IModel Load(string name, TensorFile file, Vocabulary items) =>
        (ServedOnly.TryGetValue(name, out var load) ? load : Find(name).Load)(file, items);

    /// <returns>The options of a trainer that are worth searching.</returns>
    /// <exception cref="InputException">No such trainer.</exception>
    public static SearchSpace SpaceOf(string name) => Find(name).Space;

    public static string NameOf(ITrainer trainer) => trainer.Summary.Name;

    /// <returns>The effective options by camelCase name.</returns>
    public static JsonObject OptionsOf(ITrainer trainer) => TrainerOptions.Of(trainer);
}
