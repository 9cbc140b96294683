using System.ComponentModel;
using System.Text;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>
/// A ranker that another program trained. Its file is read when the pipeline is trained, each time again; a snapshot keeps what was
/// read.
/// </summary>
internal abstract record FileRankerConfig : FeatureRankerConfig
{
    private const long LargestFile = 1 << 30;

    [Description("File of the model, relative to this one.")]
    public required string File { get; set; }

    [Description("Features of a candidate, in the order of the model's. Default: the model's own names; characters that LightGBM does " +
        "not allow, as in score:SOURCE, may be _ there. An ONNX model has no names.")]
    public IReadOnlyList<string>? Features { get; set; }

    /// <returns>The ranker in the file.</returns>
    /// <param name="known">Features that there are, as <see cref="FeatureSet.NamesFor"/> lists them.</param>
    /// <exception cref="InputException">There is no such file, it is something else, or its features are others.</exception>
    internal abstract IFeatureRanker Read(TrainerCatalog trainers, IReadOnlyList<string> known);

    /// <exception cref="InputException">The file cannot be read.</exception>
    private protected byte[] Bytes()
    {
        try
        {
            return new FileInfo(File).Length <= LargestFile ? System.IO.File.ReadAllBytes(File)
                : throw new InputException($"{File} has more than {LargestFile >> 20} MB; is it the right file?");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the ranker {File} cannot be read: {e.Message}", e);
        }
    }
}

[Description("Rank by boosted trees that LightGBM trained elsewhere, by their raw score: a text model, as save_model writes it.")]
internal sealed record LightGbmRankerConfig : FileRankerConfig
{
    internal override IFeatureRanker Read(TrainerCatalog trainers, IReadOnlyList<string> known)
    {
        Forest forest;
        try
        {
            forest = Forest.Parse(Encoding.UTF8.GetString(Bytes()));
        }
        catch (InputException e)
        {
            throw new InputException($"{File}: {e.Message}", e);
        }
        return forest.WithFeatures(Features is null ? [.. forest.Features.Select(name => NameOf(name, known))]
            : Features.Count == forest.Features.Count ? InOrder(Features, forest.Features)
            : throw new InputException($"{File} has {forest.Features.Count} features, and features names {Features.Count}."));
    }

    internal override IFeatureRanker Load(TensorFile file, TrainerCatalog trainers) => Forest.Load(file);

    private protected override IStage StageOf(IFeatureRanker scorer, FeatureSet features) => new ForestRanker((Forest)scorer, features);

    private string NameOf(string name, IReadOnlyList<string> known) =>
        known.Contains(name) ? name
        : known.Where(other => Plain(other) == Plain(name)).ToArray() is [var only] ? only
        : throw new InputException($"{File} has the feature '{name}', and there is none of that name here; name all of its features, in "
            + $"their order, under features: {Spelling.All(FeatureNames.WithoutNumbersOfVectors(known))}.");

    /// <summary>Other names than the model's are a choice; the model's own in another order are a mistake.</summary>
    private IReadOnlyList<string> InOrder(IReadOnlyList<string> given, IReadOnlyList<string> own)
    {
        int n = Enumerable.Range(0, given.Count).FirstOrDefault(
            n => Plain(given[n]) != Plain(own[n]) && own.Any(name => Plain(name) == Plain(given[n])), -1);
        return n < 0 ? given
            : throw new InputException(
                $"feature {n + 1} of {File} is '{own[n]}', and features names '{given[n]}' there; keep the model's order.");
    }

    private static string Plain(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}

[Description("Rank by an ONNX model that another program trained: one input [candidates, features], one score of each. " +
    "`kindred-neural` serves it, and programs with Kindred.Onnx.")]
internal sealed record OnnxRankerConfig : FileRankerConfig
{
    [Description("Name of the input. Default: the only one.")]
    public string? Input { get; set; }

    [Description("Name of the output: a score of each candidate, or the probabilities of no and yes. Default: the only one.")]
    public string? Output { get; set; }

    [Description("Number that stands for what is not known of a candidate. Default: NaN, which many networks cannot take.")]
    public double? Missing { get; set; }

    internal override IFeatureRanker Read(TrainerCatalog trainers, IReadOnlyList<string> known) =>
        Open(new(Bytes(), Features ?? throw new InputException(
            "an ONNX model has no names of features; name them under features, in the order of its input."),
            Input, Output, (float)(Missing ?? double.NaN)), trainers);

    internal override IFeatureRanker Load(TensorFile file, TrainerCatalog trainers) => Open(OnnxModel.Load(file), trainers);

    private OnnxRanker Open(OnnxModel model, TrainerCatalog trainers)
    {
        var open = trainers.OpenOnnx ?? throw new InputException(
            "this program cannot run ONNX models; kindred-neural can, and so can programs with the package Kindred.Onnx, by its " +
            "WithOnnxRankers().");
        try
        {
            return new(model, open(model));
        }
        catch (InputException e)
        {
            throw new InputException($"{File}: {e.Message}", e);
        }
    }
}
