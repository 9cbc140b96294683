using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Numerics;

namespace Kindred.Models;

/// <summary>Values that an option may take: real or whole numbers between two bounds, or some values of any kind.</summary>
/// <remarks>
/// A search sees an option as a coordinate: a number's own value, or its logarithm; the place of a value in a list. Coordinates of whole
/// numbers reach half a number beyond the bounds, so that each whole number gets its share.
/// </remarks>
public sealed record OptionRange
{
    // Real numbers are used as they are written in tables and commands, so that what is pasted is what was measured.
    private const string Written = "G4";

    private readonly JsonNode[] _choices = [];

    private OptionRange(string name) => Name = name;

    /// <summary>The option's name, camelCase.</summary>
    public string Name { get; }

    /// <summary>Only whole numbers between the bounds.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>From small to large in equal ratios, not in equal steps.</summary>
    public bool IsLog { get; private init; }

    /// <summary>How many values to choose from; 0: it is a range of numbers.</summary>
    public int Choices => _choices.Length;

    /// <summary>The bounds as values; of choices, 0 and the last place.</summary>
    public double Min { get; private init; }

    public double Max { get; private init; }

    /// <summary>The bounds as coordinates.</summary>
    public double Low => Choices > 0 ? 0 : ToCoordinate(IsWhole ? Min - .5 : Min);

    public double High => Choices > 0 ? Choices - 1 : ToCoordinate(IsWhole ? Max + .5 : Max);

    /// <param name="text"><c>0.001..0.1:log</c>, <c>20..500</c>, or <c>32|64|128</c>.</param>
    /// <param name="type">Of the option: int makes a range of whole numbers.</param>
    /// <exception cref="InputException">The text is none of these, or does not fit the type.</exception>
    public static OptionRange Parse(string name, string text, Type type)
    {
        text = text.Trim();
        type = Nullable.GetUnderlyingType(type) ?? type;
        return text.Contains("..", StringComparison.Ordinal) ? ParseNumbers(name, text, type) : ParseChoices(name, text, type);
    }

    /// <returns>As <see cref="Parse"/> reads it.</returns>
    public override string ToString() => Choices > 0
        ? string.Join('|', _choices.Select(choice => choice.ToString()))
        : string.Create(CultureInfo.InvariantCulture, $"{(decimal)Min}..{(decimal)Max}{(IsLog ? ":log" : "")}");

    public bool Equals(OptionRange? other) =>
        other is not null && (Name, IsWhole, ToString()) == (other.Name, other.IsWhole, other.ToString());

    public override int GetHashCode() => HashCode.Combine(Name, ToString());

    /// <returns>The value at a coordinate; the nearest one in the range.</returns>
    public JsonNode ValueAt(double coordinate)
    {
        if (Choices > 0) return _choices[(int)Math.Clamp(Math.Round(coordinate), 0, Choices - 1)].DeepClone();
        double value = IsLog ? Math.Exp(coordinate) : coordinate;
        if (IsWhole) return JsonValue.Create((long)Math.Clamp(Math.Round(value), Min, Max));
        double written = double.Parse(value.ToString(Written, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return JsonValue.Create(Math.Clamp(written, Min, Max));
    }

    /// <summary>The bounds as values; of choices: all.</summary>
    internal IEnumerable<JsonNode> Extremes => Choices > 0 ? _choices.Select(choice => choice.DeepClone()) : [ValueAt(Low), ValueAt(High)];

    /// <returns>The coordinate of a value that <see cref="ValueAt"/> gave.</returns>
    public double CoordinateOf(JsonNode value) => Choices > 0
        ? Array.FindIndex(_choices, choice => choice.ToJsonString() == value.ToJsonString())
        : ToCoordinate(value.GetValueKind() == JsonValueKind.Number ? NumberIn(value) : double.NaN);

    internal bool Contains(JsonNode value) => Choices > 0 ? CoordinateOf(value) >= 0
        : value.GetValueKind() == JsonValueKind.Number && NumberIn(value) >= Min && NumberIn(value) <= Max;

    /// <returns>A coordinate drawn uniformly, of a value in the range.</returns>
    public double Draw(Rng rng) => Snap(Choices > 0 ? rng.NextInt(Choices) : Low + ((High - Low) * rng.NextDouble()));

    /// <returns>The coordinate of the value nearest to this one.</returns>
    public double Snap(double coordinate) => CoordinateOf(ValueAt(coordinate));

    private double ToCoordinate(double value) => IsLog ? Math.Log(value) : value;

    // A number that was made here and one that was read from a file are held differently.
    private static double NumberIn(JsonNode value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static OptionRange ParseNumbers(string name, string text, Type type)
    {
        bool log = text.EndsWith(":log", StringComparison.Ordinal), whole = type == typeof(int) || type == typeof(long);
        string[] bounds = (log ? text[..^":log".Length] : text).Split("..");
        if (bounds.Length != 2 || !TryNumber(bounds[0], out double min) || !TryNumber(bounds[1], out double max))
            throw NoRange(name, text);
        if (!whole && type != typeof(float) && type != typeof(double))
            throw new InputException($"{name} is not a number; list the values to try, as in {name}=first|second.");
        if (whole && (min != Math.Floor(min) || max != Math.Floor(max)))
            throw new InputException($"{name} takes whole numbers, but its range is {text}; write whole bounds.");
        if (!(min < max)) throw new InputException($"The range of {name} must go from a smaller to a larger number, was {text}.");
        if (log && !(min > 0))
            throw new InputException($"A logarithmic range must begin above 0, but {name} has {text}; leave out :log, or begin higher.");
        return new(name) { Min = min, Max = max, IsLog = log, IsWhole = whole };
    }

    private static OptionRange ParseChoices(string name, string text, Type type)
    {
        string[] values = text.Split('|', StringSplitOptions.TrimEntries);
        if (values.Length < 2 || values.Contains("") || values.Distinct().Count() < values.Length)
            throw NoRange(name, text);
        var choices = new JsonNode[values.Length];
        for (int n = 0; n < values.Length; n++) choices[n] = NodeOf(values[n], type);
        return new(name, choices) { Max = values.Length - 1 };
    }

    private static InputException NoRange(string name, string text) => new(
        $"{name}={text} is not a range; write {name}=1..10, {name}=1..10:log or {name}=1|2|5" +
        $"{(text.Contains(',', StringComparison.Ordinal) ? ", and a point before the fraction of a number" : "")}.");

    private OptionRange(string name, JsonNode[] choices) : this(name) => _choices = choices;

    private static JsonValue NodeOf(string text, Type type) =>
        type == typeof(bool) && bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : type.IsPrimitive && long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? JsonValue.Create(number)
        : type.IsPrimitive && TryNumber(text, out double real) ? JsonValue.Create(real)
        : JsonValue.Create(text);

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && Math.Abs(number) < 1e15;
}
