using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models.Als;
using Kindred.Models.Graphs;
using Kindred.Models.Linear;
using Kindred.Models.Neighbours;
using Kindred.Models.Ratings;
using Kindred.Models.Sequences;
using Kindred.Models.Sgd;
using Kindred.Models.Towers;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>
/// Trainers by the name used on the command line, in configuration and in files, and how their models are read. Immutable: a program that
/// has more trainers makes a larger catalogue (<see cref="With"/>) and hands it to what reads names.
/// </summary>
public sealed class TrainerCatalog
{
    /// <summary>The program that trains what this library serves only, and where it comes from.</summary>
    internal const string NeuralCommand = "kindred-neural, the same command with neural models; it is in no package: build " +
        "src/Kindred.Neural.Cli from Kindred's source code";

    /// <summary>
    /// The trainers of this library, and all models that it serves; those that need native packages are trained by projects of their own.
    /// </summary>
    public static TrainerCatalog Default { get; } = new(
        [
            TrainerEntry.Of<Popularity>(Popularity.Load, Popularity.Space),
            TrainerEntry.Of<ItemKnn>(ItemKnnModel.Load, ItemKnn.Space),
            TrainerEntry.Of<ImplicitAls>(ImplicitAls.Load, ImplicitAls.Space),
            TrainerEntry.Of<Bpr>(SgdModel.Load<Bpr>, Bpr.Space),
            TrainerEntry.Of<Warp>(SgdModel.Load<Warp>, Warp.Space),
            TrainerEntry.Of<LogisticMf>(SgdModel.Load<LogisticMf>, LogisticMf.Space),
            TrainerEntry.Of<SampledSoftmax>(SgdModel.Load<SampledSoftmax>, SampledSoftmax.Space),
            TrainerEntry.Of<LightGcn>(LightGcn.Load, LightGcn.Space),
            TrainerEntry.Of<GraphFilter>(GraphFilter.Load, GraphFilter.Space),
            TrainerEntry.Of<Ease>(Ease.Load, Ease.Space),
            TrainerEntry.Of<MaRec>(ItemWeights.Load, MaRec.Space),
            TrainerEntry.Of<Slim>(Slim.Load, Slim.Space),
            TrainerEntry.Of<ContentKnn>(ItemWeights.Load, ContentKnn.Space),
            TrainerEntry.Of<SlopeOne>(SlopeOne.Load),
            TrainerEntry.Of<UserKnn>(UserKnn.Load, UserKnn.Space),
            TrainerEntry.Of<RatingKnn>(RatingKnn.Load, RatingKnn.Space),
            TrainerEntry.Of<Bias>(Bias.Load),
            TrainerEntry.Of<FactorizationMachine>(FactorizationMachine.Load, FactorizationMachine.Space),
            TrainerEntry.Of<MatrixFactorization>(RatingFactors.Load<MatrixFactorization>, MatrixFactorization.Space),
            TrainerEntry.Of<SvdPlusPlus>(RatingFactors.Load<SvdPlusPlus>, SvdPlusPlus.Space),
            TrainerEntry.Of<ExplicitAls>(RatingFactors.Load<ExplicitAls>, ExplicitAls.Space),
        ],
        new Dictionary<string, Func<TensorFile, Vocabulary, IModel>>(StringComparer.Ordinal)
        {
            [Factors] = FactorModel.Load,
            ["two-tower"] = TowerModel.Load,
            ["pinsage"] = HistoryMean.Load,
            ["bert4rec"] = Transformer.Load,
            ["gru4rec"] = GatedRecurrence.Load,
            ["sasrec"] = Transformer.Load,
        });

    /// <summary>What manifests call a model whose factors another program learned; no trainer makes it.</summary>
    internal const string Factors = "factors";

    // models that are trained elsewhere: name, and how to read one
    private readonly IReadOnlyDictionary<string, Func<TensorFile, Vocabulary, IModel>> _servedOnly;

    private TrainerCatalog(
        IEnumerable<TrainerEntry> entries, IReadOnlyDictionary<string, Func<TensorFile, Vocabulary, IModel>> servedOnly) =>
        (Entries,
            _servedOnly) =
                (new OrderedDictionary<string, TrainerEntry>(
                    entries.Select(e => KeyValuePair.Create(e.Summary.Name, e)), StringComparer.Ordinal), servedOnly);

    /// <summary>By name, in the order in which they were added.</summary>
    public IReadOnlyDictionary<string, TrainerEntry> Entries { get; }

    /// <summary>Opens rankers in the ONNX format; null: the program cannot.</summary>
    internal Func<OnnxModel, RowScorer>? OpenOnnx { get; private init; }

    /// <returns>The same catalogue, with what opens rankers in the ONNX format.</returns>
    internal TrainerCatalog WithOnnx(Func<OnnxModel, RowScorer> open) => new(Entries.Values, _servedOnly) { OpenOnnx = open };

    /// <returns>A catalogue with these trainers too.</returns>
    /// <exception cref="ArgumentException">There is another trainer of that name.</exception>
    public TrainerCatalog With(params IEnumerable<TrainerEntry> entries)
    {
        List<TrainerEntry> all = [.. Entries.Values];
        foreach (var entry in entries)
        {
            if (all.Find(other => other.Summary.Name == entry.Summary.Name) is { } other && other.Type != entry.Type)
                throw new ArgumentException($"There is another trainer '{entry.Summary.Name}'; give each its own name.", nameof(entries));
            all.RemoveAll(other => other.Type == entry.Type);
            all.Add(entry);
        }
        return new(all, _servedOnly) { OpenOnnx = OpenOnnx };
    }

    /// <exception cref="InputException">No such trainer.</exception>
    public TrainerEntry Find(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry
        : name == Factors
            ? throw new InputException("factors were learned by another program; bring them with kindred model import.")
        : _servedOnly.ContainsKey(name)
            ? throw new InputException(
                $"{name} is trained by {NeuralCommand}.")
        : name.Split(':', 2) is [var model, _] && Entries.ContainsKey(model)
            ? throw new InputException($"'{name}' is a model and its options, which stand apart here: \"model\": \"{model}\", "
                + $"\"options\": {ModelSpec.OptionsIn(name).ToJsonString()}.")
        : throw new InputException(
            $"There is no model '{name}'{Spelling.Hint(name, [.. Entries.Keys])}");

    /// <param name="options">Option values by camelCase name; the others keep their defaults.</param>
    /// <exception cref="InputException">No such trainer, or it has no such option, or the value does not fit.</exception>
    public ITrainer Create(string name, JsonObject? options = null) => TrainerOptions.Create(Find(name).Type, options ?? []);

    /// <summary>Reads a model that was saved, whether or not it can be trained here.</summary>
    /// <param name="name">Of its trainer.</param>
    /// <param name="items">The vocabulary that the model speaks.</param>
    /// <exception cref="InputException">No such model, or its file is damaged.</exception>
    public IModel Load(string name, TensorFile file, Vocabulary items) =>
        (Entries.TryGetValue(name, out var entry) ? entry.Load : _servedOnly.TryGetValue(name, out var load) ? load
            : throw Unknown(System.IO.Path.GetDirectoryName(file.Path)!, name))(file, items);

    /// <exception cref="InputException">One of these trainers made models of a folder, and this catalogue does not know it.</exception>
    internal void CheckLoads(string folder, params IEnumerable<string> trainers)
    {
        foreach (string name in trainers)
            if (!Entries.ContainsKey(name) && !_servedOnly.ContainsKey(name)) throw Unknown(folder, name);
    }

    private static InputException Unknown(string folder, string trainer) => new(
        $"{folder} has a model of the trainer '{trainer}', which is none of this library's; open it with a TrainerCatalog that knows it: " +
        $"TrainerCatalog.Default.With(TrainerEntry.Of<…>(…)).");
}
