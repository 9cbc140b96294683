using System.Text.Json;
using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Server.Live;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>When models are trained, which, and what lets one be served: the setting <see cref="Name"/>.</summary>
internal sealed record RenewalSettings
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "renewal";

    /// <summary>Whether a server trains by itself; by hand it is always possible.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Train so many hours after the last time, if there are new events; null: not by time.</summary>
    public double? EveryHours { get; init; } = 24;

    /// <summary>Train after so many new events; null: after a tenth of those that the served model has learned, at least 100.</summary>
    public long? AfterEvents { get; init; }

    /// <summary>The shortest pause between two trainings that a server starts by itself.</summary>
    public double PauseMinutes { get; init; } = 10;

    /// <summary>What becomes of a model that passed the gate.</summary>
    public PromotionPolicy Policy { get; init; } = PromotionPolicy.Automatic;

    /// <summary>
    /// With the policy <see cref="PromotionPolicy.Automatic"/>, a few users get a model first; null: all do at once.
    /// </summary>
    public CanarySettings? Canary { get; init; }

    /// <summary>The model to train, as <c>item-knn:neighbours=50</c>; null: the one that a back-test chooses among those that suit the
    /// data.</summary>
    public string? Model { get; init; }

    /// <summary>Answers where <see cref="Model"/> has nothing to say; null: popularity.</summary>
    public string? Fallback { get; init; }

    /// <summary>The pipeline to train, as in its file, instead of a model alone.</summary>
    public JsonElement? Pipeline { get; init; }

    /// <summary>The gate measures on the events of so many last days; on more where those are too few to tell.</summary>
    public double TestDays { get; init; } = 7;

    /// <summary>A new configuration may be worse than the current one by this share, and no more.</summary>
    public double Margin { get; init; } = .01;

    /// <summary>The highest 99th percentile of the time of an answer, in a dry run.</summary>
    public double MostMilliseconds { get; init; } = 100;

    /// <summary>The largest snapshot; null: any.</summary>
    public double? MostMegabytes { get; init; }

    /// <summary>The lowest recall of an index.</summary>
    public double LeastRecall { get; init; } = .9;

    /// <summary>If more users get another first item, and the configuration is the same, a person must look.</summary>
    public double MostChangedFirst { get; init; } = .7;

    /// <summary>So many snapshots that were served stay, to be rolled back to.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Threads of the training; null: half of the processors.</summary>
    public int? Threads { get; init; }

    /// <summary>Memory of the training; null: half of what there is.</summary>
    public double? MemoryMegabytes { get; init; }

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static RenewalSettings Parse(string json, TrainerCatalog trainers) =>
        SettingJson.Read<RenewalSettings>(Name, json).Checked(trainers);

    /// <summary>What the store has, else the defaults.</summary>
    public static async Task<RenewalSettings> ReadAsync(
        IStore store, TrainerCatalog trainers, CancellationToken cancellationToken = default) =>
        await store.Settings.GetAsync(Name, cancellationToken) is { } setting ? Parse(setting.Json, trainers) : new();

    public string ToJson() => SettingJson.Write(this);

    /// <returns>The configuration to train; null: a back-test chooses it.</returns>
    public RenewalPlan? Plan(TrainerCatalog trainers)
    {
        var fallback = Fallback is null ? ModelSpec.Popularity : ModelSpec.Parse(Fallback, trainers);
        if (Pipeline is { } pipeline)
            return new(null, fallback, PipelineConfig.Parse(pipeline.GetRawText(), trainers)) { Why = "The setting 'renewal' names it." };
        return Model is null ? null : new(ModelSpec.Parse(Model, trainers), fallback) { Why = "The setting 'renewal' names it." };
    }

    /// <summary>
    /// Looks whether the attributes are there that a model names. Where none of items, or none of users, is known yet, any of them may
    /// come.
    /// </summary>
    /// <param name="embeds">Whether the server makes vectors of texts.</param>
    /// <exception cref="InputException">There is no such feature.</exception>
    public async Task CheckUseAsync(IStore store, TrainerCatalog trainers, bool embeds)
    {
        if (Plan(trainers) is not { } plan) return;
        var (items, users) = (await store.Items.TypesAsync(), await store.Users.TypesAsync());
        var nobody = Interactions.FromEvents([new("user", "item", DateTimeOffset.UnixEpoch)]);
        void Check(ITrainer trainer)
        {
            string[] names = FeatureNames.Split(TrainerOptions.Of(trainer)["features"]?.GetValue<string>() ?? "");
            ModelSpec.CheckFeatures(trainer, nobody.With(
                CatalogChanges.WithColumns(KnownOr(users, names, "user."), hasTextVector: false),
                CatalogChanges.WithColumns(KnownOr(items, names, "item.", "history."), embeds)));
        }
        try
        {
            foreach (var model in new[] { plan.Model, plan.Fallback })
                if (model is not null) Check(model.Trainer);
            if (plan.Pipeline is { } pipeline) ConfigCheck.CheckTrainers(pipeline, Check);
        }
        catch (InputException e)
        {
            throw new InputException($"{e.Message} What the setting '{Name}' names must be stored first.", e);
        }
    }

    /// <returns>Attributes of a kind; where none is known, those that the features name.</returns>
    private static Dictionary<string, AttributeType> KnownOr(
        IReadOnlyDictionary<string, AttributeType> known, string[] features, params string[] prefixes)
    {
        var types = known.ToDictionary();
        foreach (string prefix in prefixes)
            foreach (string name in features.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => name[prefix.Length..]))
                if (known.Count > 0)
                {
                    // the store does not know how many numbers a vector has
                    if (Catalog.VectorOf(name) is { } vector && known.GetValueOrDefault(vector) == AttributeType.Numbers)
                        types.TryAdd(name, AttributeType.Number);
                }
                else if (name == "*") types.TryAdd("any", AttributeType.Texts);
                else if (name.EndsWith(".*", StringComparison.Ordinal)) types[name[..^2]] = AttributeType.Numbers;
                else types.TryAdd(name, AttributeType.Texts);
        return types;
    }

    private RenewalSettings Checked(TrainerCatalog trainers)
    {
        if (EveryHours is not (null or (> 0 and <= 24 * 366))) throw Outside("everyHours", "above 0 and at most 8784", EveryHours);
        if (AfterEvents is < 1) throw Outside("afterEvents", "at least 1", AfterEvents);
        if (PauseMinutes is not (>= 0 and <= 60 * 24 * 366)) throw Outside("pauseMinutes", "at least 0", PauseMinutes);
        if (TestDays is not (> 0 and <= 3660)) throw Outside("testDays", "above 0 and at most 3660", TestDays);
        if (Margin is not (>= 0 and < 1)) throw Outside("margin", "0 to 1, a share", Margin);
        if (MostMilliseconds is not > 0) throw Outside("mostMilliseconds", "above 0", MostMilliseconds);
        if (MostMegabytes is not (null or > 0)) throw Outside("mostMegabytes", "above 0", MostMegabytes);
        if (LeastRecall is not (>= 0 and <= 1)) throw Outside("leastRecall", "0 to 1", LeastRecall);
        if (MostChangedFirst is not (>= 0 and <= 1)) throw Outside("mostChangedFirst", "0 to 1, a share", MostChangedFirst);
        if (Keep is not (>= 1 and <= 100)) throw Outside("keep", "1 to 100", Keep);
        if (Threads is not (null or (>= 1 and <= 1024))) throw Outside("threads", "1 to 1024", Threads);
        if (MemoryMegabytes is not (null or >= 64)) throw Outside("memoryMegabytes", "at least 64", MemoryMegabytes);
        if (Model is not null && Pipeline is not null)
            throw new InputException("A model and a pipeline exclude each other in the setting 'renewal'; leave out one of them.");
        if (Canary is not null && Policy != PromotionPolicy.Automatic)
            throw new InputException("A canary needs the policy automatic in the setting 'renewal'; leave out one of them.");
        Canary?.Check();
        Plan(trainers);
        return this;
    }

    private static InputException Outside(string name, string range, object? value) =>
        new(FormattableString.Invariant($"{name} in the setting '{Name}' must be {range}, was {value}."));
}

/// <summary>What becomes of a model that passed the gate.</summary>
internal enum PromotionPolicy
{
    /// <summary>It is served, at once or after its canary.</summary>
    Automatic,

    /// <summary>It waits for a person.</summary>
    Ask,

    /// <summary>It is kept, to be looked at.</summary>
    Never,
}
