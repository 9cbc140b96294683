using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Models.Features;

namespace Kindred.Models;

/// <summary>A trainer and its name as people write it: <c>item-knn</c>, or <c>implicit-als:dimensions=128,epochs=20</c>.</summary>
/// <param name="Name">The model's name in tables, and what to write to get it again.</param>
public sealed record ModelSpec(string Name, ITrainer Trainer)
{
    /// <summary>Trainers whose option <c>features</c> is read by <see cref="FeatureNames"/>; others may call something else so.</summary>
    internal static IReadOnlyList<string> NamesOfFeatureTrainers { get; } =
        ["content-knn", "marec", "implicit-als", "bpr", "warp", "logistic-mf", "sampled-softmax", "fm", "two-tower", "pinsage"];

    /// <summary>Popularity with its defaults: the baseline.</summary>
    public static ModelSpec Popularity { get; } = For(new Popularity());

    /// <summary>Why it is worth trying on some data, in a sentence; null: nobody said.</summary>
    public string? Why { get; init; }

    /// <summary>True when the order of its items depends on who asks.</summary>
    public bool IsPersonal => Trainer is not Kindred.Popularity;

    /// <summary>The trainer's name in the catalog.</summary>
    public string TrainerName => Trainer.Summary.Name;

    /// <summary>What the trainer and its models can do beyond scoring.</summary>
    public Capabilities Capabilities => Trainer.Summary.Capabilities;

    /// <summary>Every option by camelCase name, also those left at their default.</summary>
    public JsonObject Options => TrainerOptions.Of(Trainer);

    /// <param name="trainers">Those that may be named; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <exception cref="InputException">No such model, no such option, or a value that does not fit.</exception>
    public static ModelSpec Parse(string text, TrainerCatalog? trainers = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var entry = (trainers ?? TrainerCatalog.Default).Find(text.Trim().Split(':', 2)[0]);
        return new(text.Trim(), TrainerOptions.Create(entry.Type, OptionsIn(text, TrainerOptions.NamesOf(entry.Type))));
    }

    /// <summary>Named after its options that are not the defaults.</summary>
    public static ModelSpec For(ITrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        string name = trainer.Summary.Name;
        var defaults = TrainerOptions.DefaultsOf(trainer.GetType());
        string[] given =
        [
            .. TrainerOptions.Of(trainer).Where(o => o.Value?.ToJsonString() != defaults[o.Key]?.ToJsonString())
                .Select(o => $"{o.Key}={o.Value}"),
        ];
        return new(given.Length == 0 ? name : $"{name}:{string.Join(',', given)}", trainer);
    }

    /// <summary>The same trainer with other options, and named after them.</summary>
    /// <param name="options">By camelCase name; the others stay as they are.</param>
    /// <exception cref="InputException">There is no such option, or a value does not fit.</exception>
    public ModelSpec With(JsonObject options) => For(TrainerOptions.With(Trainer, options));

    /// <returns>The options that are written in a text such as <c>item-knn:neighbours=50</c>.</returns>
    /// <exception cref="InputException">What follows the name is not options.</exception>
    public static JsonObject OptionsIn(string text) => OptionsIn(text, []);

    private static JsonObject OptionsIn(string text, IReadOnlyList<string> known)
    {
        string[] parts = text.Trim().Split(':', 2);
        var options = new JsonObject();
        foreach (string pair in parts.Length < 2 ? [] : parts[1].Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = pair.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length < 2 || sides[0].Length == 0 || sides[1].Length == 0)
                throw new InputException($"'{pair}' in the model {text} is not option=value; {Correction(parts[0], pair, known)}.");
            if (!options.TryAdd(sides[0], ValueOf(sides[1])))
                throw new InputException($"The model {text} has the option {sides[0]} twice; give it once.");
        }
        return options;
    }

    /// <summary>Says before the training of any model what the data lack.</summary>
    /// <exception cref="InputException">The data cannot train this model.</exception>
    internal void CheckFor(Interactions data) => CheckFor(Trainer, data);

    /// <inheritdoc cref="CheckFor(Interactions)"/>
    internal static void CheckFor(ITrainer trainer, Interactions data)
    {
        (trainer as IDemandingTrainer)?.CheckFor(data);
        CheckFeatures(trainer, data);
    }

    /// <exception cref="InputException">The data have no such features as the trainer's option names.</exception>
    internal static void CheckFeatures(ITrainer trainer, Interactions data)
    {
        bool isKnown = NamesOfFeatureTrainers.Contains(trainer.Summary.Name);
        if (isKnown && TrainerOptions.Of(trainer)["features"]?.GetValue<string>() is { Length: > 0 } features)
            FeatureNames.Resolve(features, data);
    }

    /// <summary>Trains, and keeps how the model came to be.</summary>
    /// <exception cref="InputException">A hyper-parameter is out of range, or the data cannot train this model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the context.</exception>
    public TrainedModel Train(Interactions data, TrainingContext context)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        CheckFor(data);
        var clock = Stopwatch.StartNew();
        var curve = new LearningCurve();
        var model = Trainer.Train(data, context with { Progress = curve.PassingOnTo(context.Progress) });
        return new(ModelManifest.For(Trainer, context, clock.Elapsed, data), model) { LearningCurve = curve.Points };
    }

    private static string Correction(string model, string pair, IReadOnlyList<string> known) =>
        pair.All(char.IsAsciiDigit) && pair.Length > 0 ? "a comma separates options: write a point before the fraction of a number"
        : $"write {model}:{(Spelling.NearestTo(pair, known) is [var near, ..] ? $"{near}=value" : "option=value,option=value")}";

    private static JsonValue ValueOf(string text) =>
        bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : long.TryParse(text, CultureInfo.InvariantCulture, out long whole) ? JsonValue.Create(whole)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}
