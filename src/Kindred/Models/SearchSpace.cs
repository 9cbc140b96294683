using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Models;

/// <summary>
/// Which options of a trainer are searched, and in which ranges. A trainer declares its own beside its options; users override it by text.
/// </summary>
public sealed record SearchSpace
{
    [DynamicallyAccessedMembers(TrainerOptions.Kept)]
    private readonly Type _trainer;

    private SearchSpace([DynamicallyAccessedMembers(TrainerOptions.Kept)] Type trainer, IReadOnlyList<OptionRange> ranges) =>
        (_trainer, Ranges) = (trainer, ranges);

    public IReadOnlyList<OptionRange> Ranges { get; private init; }

    /// <summary>
    /// An option among the ranges that decides what is good for the others: it is drawn first, and the others by the trials with the same
    /// value. More dimensions want more regularization, so the best one of small models must not be taken over to large ones. Null: there
    /// is none.
    /// </summary>
    public string? ConditionalOn { get; private init; }

    /// <returns>The range of <see cref="ConditionalOn"/>, or null.</returns>
    public OptionRange? First => Ranges.FirstOrDefault(range => range.Name == ConditionalOn);

    /// <returns>The range of an option, or null.</returns>
    public OptionRange? this[string name] => Ranges.FirstOrDefault(range => range.Name == name);

    /// <param name="ranges">Option name in camelCase, and its range as users write it.</param>
    /// <param name="drawnFirst">See <see cref="ConditionalOn"/>; its range is a list of values.</param>
    public static SearchSpace Of<[DynamicallyAccessedMembers(TrainerOptions.Kept)] T>(
        string? drawnFirst, params ReadOnlySpan<(string Name, string Range)> ranges) where T : ITrainer, new()
    {
        var space = new SearchSpace(typeof(T), []);
        foreach (var (name, range) in ranges) space = space.With(name, range);
        if (drawnFirst is not null && space[drawnFirst] is not { Choices: > 0 })
            throw new ArgumentException($"{drawnFirst} is not among the options with a list of values.", nameof(drawnFirst));
        return space with { ConditionalOn = drawnFirst };
    }

    /// <returns>Without the options that say nothing with the trainer's others.</returns>
    internal SearchSpace For(ITrainer trainer) =>
        (trainer as IUnusedOptions)?.UnusedOptions.Where(name => this[name] is not null)
            .Aggregate(this, (space, name) => space.Without(name)) ?? this;

    /// <returns>A space of a trainer's options that searches none of them yet.</returns>
    internal static SearchSpace Empty([DynamicallyAccessedMembers(TrainerOptions.Kept)] Type trainer) => new(trainer, []);

    /// <summary>Searches an option in another range, or one that was not searched.</summary>
    /// <param name="range"><c>0.001..0.1:log</c>, <c>20..500</c>, or <c>32|64|128</c>.</param>
    /// <exception cref="InputException">There is no such option, the text is no range for it, or a value in it is out of the option's own
    /// range.</exception>
    public SearchSpace With(string name, string range)
    {
        var property = _trainer.GetProperties().FirstOrDefault(p => p.CanWrite && JsonNamingPolicy.CamelCase.ConvertName(p.Name) == name)
            ?? throw new InputException($"There is no option '{name}' to search{Spelling.Hint(name, [.. OptionNames])}");
        var parsed = OptionRange.Parse(name, range, property.PropertyType);
        foreach (var value in parsed.Extremes) TrainerOptions.Create(_trainer, new() { [name] = value });
        bool stays = name != ConditionalOn || parsed.Choices > 0; // there are hardly two trials with the same number out of a range
        return this with
        {
            Ranges = this[name] is null ? [.. Ranges, parsed] : [.. Ranges.Select(r => r.Name == name ? parsed : r)],
            ConditionalOn = stays ? ConditionalOn : null,
        };
    }

    /// <summary>Leaves an option as it is.</summary>
    public SearchSpace Without(string name) => this with
    {
        Ranges = [.. Ranges.Where(range => range.Name != name)],
        ConditionalOn = ConditionalOn == name ? null : ConditionalOn,
    };

    /// <returns>The values at a point, by option name.</returns>
    /// <param name="point">[ranges], coordinates.</param>
    public JsonObject ValuesAt(ReadOnlySpan<double> point)
    {
        var values = new JsonObject();
        for (int n = 0; n < Ranges.Count; n++) values[Ranges[n].Name] = Ranges[n].ValueAt(point[n]);
        return values;
    }

    /// <returns>[ranges]: the coordinates of such values.</returns>
    public double[] PointOf(JsonObject values) => [.. Ranges.Select(range => range.CoordinateOf(values[range.Name]!))];

    /// <returns>True: each of the values is in its range.</returns>
    internal bool Contains(JsonObject values) => Ranges.All(range => values[range.Name] is { } value && range.Contains(value));

    private IEnumerable<string> OptionNames =>
        _trainer.GetProperties().Where(p => p.CanWrite).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name));
}
