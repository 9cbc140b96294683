using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Models;
using Kindred.Reranking;
using Kindred.Reranking.Diversity;
using Kindred.Retrieval;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>
/// A pipeline as people write it: where candidates come from, what ranks them, what makes a list of them. It names no data and holds no
/// model: training makes a <see cref="TrainedPipeline"/> of it. Immutable.
/// </summary>
internal sealed record PipelineConfig
{
    /// <summary>The names of the steps that are not named by the config.</summary>
    internal const string SeenStep = ModelExtensions.SeenStage, RankerStep = "ranker";

    /// <summary>What the candidates of the fallback carry, so that no source may.</summary>
    internal const string FallbackSource = ModelExtensions.FallbackName;

    [JsonPropertyName("$schema"), Description("The schema of this file, for editors; has no effect.")]
    public string? Schema { get; set; }

    [Description("Sources of candidates; at least one.")]
    public required IReadOnlyList<SourceConfig> Sources { get; set; }

    [Description("What to do with items that the user already had. Default: drop them.")]
    public SeenConfig Seen { get; set; } = new();

    [Description("How to order the candidates. Default: by the ranks that the sources gave them.")]
    public RankerConfig? Ranker { get; set; }

    [Description("Stages that make a list of the ordered candidates, in this order.")]
    public IReadOnlyList<Reranker> Rerank { get; set; } = [];

    [Description("Time budget of a request, and what to skip when it runs out.")]
    public BudgetConfig? Budget { get; set; }

    [Description("Values that requests give and the data lacks, for rules to use: {\"device\": \"labels\", \"user.age\": \"numbers\"}.")]
    public IReadOnlyDictionary<string, AttributeKind> Context { get; set; } = new Dictionary<string, AttributeKind>();

    /// <summary>The file it was read from, for messages; null: it comes from elsewhere.</summary>
    [JsonIgnore]
    public ConfigText? Text { get; set; }

    /// <summary>Whose trainers it names.</summary>
    [JsonIgnore]
    public TrainerCatalog Catalog { get; set; } = TrainerCatalog.Default;

    /// <summary>The trainers that the sources and the ranker need, each once, in the order in which they are named.</summary>
    [JsonIgnore]
    public IReadOnlyList<ITrainer> Trainers =>
        [.. Sources.Select(source => source.TrainerIn(Catalog)).Append(Ranker?.TrainerIn(Catalog)).OfType<ITrainer>().Distinct()];

    [JsonIgnore]
    internal IReadOnlyList<string> SourceNames => [.. Sources.Select(source => source.StepName)];

    /// <summary>The names of its sources and stages, in their order.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Steps =>
    [
        .. Sources.Select(source => source.StepName), .. Seen.IsDropped ? new[] { SeenStep } : [],
        .. Ranker is null ? [] : new[] { RankerStep }, .. Rerank.Select(stage => stage.StepName),
    ];

    /// <returns>As it is kept in a snapshot: everything that is not left at its default, files it names included.</returns>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this with { Schema = null }, ConfigJson.Options.ContractOf<PipelineConfig>());

    /// <param name="json">As <see cref="ToJson"/> wrote it.</param>
    /// <param name="trainers">Null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">It is none.</exception>
    public static PipelineConfig Of(JsonElement json, TrainerCatalog? trainers = null) =>
        new ConfigText("the snapshot's pipeline", json.GetRawText()).Read(trainers);

    /// <param name="trainers">Those it may name; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">The file cannot be read or is no pipeline; the sentence says where.</exception>
    public static PipelineConfig Read(string path, TrainerCatalog? trainers = null)
    {
        try
        {
            return new ConfigText(path, TextFile.Read(path)).Read(trainers);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The pipeline {path} cannot be read: {error.Message}", error);
        }
    }

    /// <param name="trainers">Those it may name; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">The text is no pipeline; the sentence says where.</exception>
    public static PipelineConfig Parse(string text, TrainerCatalog? trainers = null)
    {
        TextFile.CheckLength("The pipeline's text", text.Length);
        return new ConfigText("the pipeline", text).Read(trainers);
    }

    /// <returns>Each source and stage in order: what it is, and what that does.</returns>
    public IReadOnlyList<(string Name, string Kind, string Description)> Describe()
    {
        static (string, string, string) Of(string name, object config) =>
            (name, ConfigJson.KindOf(config), config.GetType().GetCustomAttribute<DescriptionAttribute>()?.Description ?? "");
        return
        [
            .. Sources.Select(source => Of(source.StepName, source)),
            .. Seen.IsDropped ? new[] { (SeenStep, "filter", "Leaves out what the user had.") } : [],
            .. Ranker is null ? [] : new[] { Of(RankerStep, Ranker) },
            .. Rerank.Select(stage => Of(stage.StepName, stage)),
        ];
    }

    /// <summary>Checks it against data as far as that goes without training.</summary>
    /// <returns>Sentences about what is allowed but probably a mistake.</returns>
    /// <exception cref="InputException">The data do not have what it asks for.</exception>
    public IReadOnlyList<string> CheckFor(Interactions data) => ConfigCheck.CheckFor(this, data);

    /// <returns>The pipeline without a source or stage, and without what makes no sense without it.</returns>
    /// <param name="step">One of <see cref="Steps"/>.</param>
    public PipelineConfig Without(string step) => this with
    {
        Sources = [.. Sources.Where(source => source.StepName != step && !(source is PinnedSource pins && pins.Rules == step))],
        Seen = step == SeenStep ? new() { Policy = SeenPolicy.Keep } : Seen,
        Ranker = step == RankerStep ? null : Ranker?.WithoutSource(step),
        Rerank = [.. Rerank.Where(
            stage => stage.StepName != step && !(stage is DiversityReranker diversity && diversity.Embeddings == step))],
        Budget = Budget is null ? null : Budget with { Shed = [.. Budget.Shed.Where(name => name != step)] },
    };

    /// <summary>
    /// The same without its limits of time, so that what it answers depends on the data alone, not on the machine: for whatever measures,
    /// trains or reproduces it.
    /// </summary>
    public PipelineConfig WithoutClock() => this with { Budget = null, Sources = [.. Sources.Select(source => source.WithoutClock())] };

    /// <summary>What a sentence about one place begins with.</summary>
    internal string At(string path) => Text?.At(path) ?? path;

    /// <summary>Does something about one place, whose name a refusal gets.</summary>
    internal T At<T>(string path, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (InputException error)
        {
            throw new InputException($"{At(path)}: {error.Message}", error);
        }
    }
}

/// <summary>What becomes of items that the user already had.</summary>
internal sealed record SeenConfig
{
    [Description("keep: recommend them again; drop: exclude them, except where the other options allow them.")]
    public SeenPolicy Policy { get; set; } = SeenPolicy.Drop;

    [Description("Days without an event of the item before it may be recommended again. Default: never."), Range(0.0, 36_500)]
    public double? PauseDays { get; set; }

    [Description("Items that may be recommended again at once, as conditions on their attributes, all to be met: [\"category=Food\"].")]
    public IReadOnlyList<string> Repeatable { get; set; } = [];

    [JsonIgnore]
    internal bool IsDropped => Policy == SeenPolicy.Drop;
}

/// <summary>Whether seen items are kept.</summary>
internal enum SeenPolicy
{
    /// <summary>They are not recommended.</summary>
    Drop,

    /// <summary>They are candidates like all others.</summary>
    Keep,
}

/// <summary>What an attribute of a request is.</summary>
internal enum AttributeKind
{
    /// <summary>Texts, one or more.</summary>
    Labels,

    /// <summary>A number.</summary>
    Numbers,
}

/// <summary>Time budget of a request, and what to skip when it runs out.</summary>
internal sealed record BudgetConfig
{
    [Description("Time limit from the beginning of a request to its answer, in ms."), Range(0.1, 60_000)]
    public required double Milliseconds { get; set; }

    [Description("Sources and stages that may be skipped, by name; the first is skipped first.")]
    public required IReadOnlyList<string> Shed { get; set; }
}
