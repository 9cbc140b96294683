using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Kindred;

/// <summary>
/// The one check of options: a record states the range of each by an attribute of its property, and is checked where it is used, whether a
/// program, JSON or a command line made it.
/// </summary>
/// <remarks>
/// <see cref="RangeAttribute"/> holds for numbers, and for each number of a list or of a dictionary's values; a bound of ±∞, or the largest
/// number of a type, is none. <see cref="AllowedValuesAttribute"/> holds for texts. Values of enums are those that are defined. Null is a
/// value left out, and never refused. Attributes are looked up once a type.
/// </remarks>
public static class OptionCheck
{
    private static readonly ConcurrentDictionary<Type, Option[]> Known = new();

    /// <param name="options">A record of options; records within it check themselves.</param>
    /// <exception cref="InputException">
    /// The first value out of its range, such as "dimensions must be 1 to 4,096, was 300,000."; it names the property.
    /// </exception>
    public static void Check(object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var option in Known.GetOrAdd(options.GetType(), OptionsOf))
            if (option.Violation(option.Property.GetValue(options)) is { } sentence)
                throw new InputException(sentence, option.Property.Name);
    }

    /// <returns>What is wrong with a value for the property; null: nothing.</returns>
    internal static string? Violation(PropertyInfo property, object value) => Option.Of(property)?.Violation(value);

    /// <returns>The name of an option as JSON and the command line have it.</returns>
    internal static string NameOf(string property) => JsonNamingPolicy.CamelCase.ConvertName(property);

    /// <returns>What <see cref="Check"/> asks of the properties of a type, by the options' names.</returns>
    internal static IReadOnlyDictionary<string, string> RangesOf(Type type) =>
        Known.GetOrAdd(type, OptionsOf).ToDictionary(option => NameOf(option.Property.Name), option => option.Description);

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A property that is trimmed away has its default.")]
    private static Option[] OptionsOf(Type type) =>
        [.. type.GetProperties(
            BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters() is []).Select(Option.Of).OfType<Option>()];

    /// <summary>A property and what holds for its values.</summary>
    private sealed record Option(PropertyInfo Property, RangeAttribute? Range, object?[]? Allowed)
    {
        public static Option? Of(PropertyInfo property)
        {
            var range = property.GetCustomAttribute<RangeAttribute>();
            var allowed = property.GetCustomAttribute<AllowedValuesAttribute>();
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            bool isChoice = type.IsEnum && !type.IsDefined(typeof(FlagsAttribute));
            return range is null && allowed is null && !isChoice ? null : new(property, range, allowed?.Values);
        }

        /// <summary>The values that are allowed, in words.</summary>
        public string Description =>
            Range is not null ? Bounds()
            : string.Join(", ", Allowed ?? (IEnumerable<object?>)Enum.GetNames(Nullable.GetUnderlyingType(Property.PropertyType)
                ?? Property.PropertyType).Select(NameOf));

        public string? Violation(object? value) => value switch
        {
            null => null,
            Enum choice =>
                Enum.IsDefined(choice.GetType(), choice) ? null : MustBeOneOf(Enum.GetNames(choice.GetType()).Select(NameOf), choice),
            string text => Allowed is null || Allowed.Contains(text) ? null : MustBeOneOf(Allowed, $"'{text}'"),
            IDictionary { Values: var values } => Elements(values),
            IEnumerable<KeyValuePair<string, int>> values => Elements(values.Select(pair => pair.Value)),
            IEnumerable values => Elements(values),
            _ => Range is null || Holds(value) ? null : $"{NameOf(Property.Name)} must be {Bounds()}, was {Text(value)}.",
        };

        private string? Elements(IEnumerable values)
        {
            if (Range is null) return null;
            foreach (object? value in values)
                if (value is not null && !Holds(value))
                    return $"each of {NameOf(Property.Name)} must be {Bounds()}, one was {Text(value)}.";
            return null;
        }

        private string MustBeOneOf(IEnumerable<object?> values, object was) =>
            $"{NameOf(Property.Name)} must be one of {string.Join(", ", values)}, was {was}.";

        private bool Holds(object value)
        {
            // a bound of a float is the float nearest to it, so that what JSON could say is not refused
            var (number, low, high) = value is float single
                ? (single, (float)Low, (float)High)
                : (Convert.ToDouble(value, CultureInfo.InvariantCulture), Low, High);
            return (Range!.MinimumIsExclusive ? number > low : number >= low)
                && (Range.MaximumIsExclusive ? number < high : number <= high) && double.IsFinite(number);
        }

        private double Low => Convert.ToDouble(Range!.Minimum, CultureInfo.InvariantCulture);

        private double High => Convert.ToDouble(Range!.Maximum, CultureInfo.InvariantCulture);

        private string Bounds()
        {
            bool hasHigh = Range!.Maximum is not (int.MaxValue or double.MaxValue or double.PositiveInfinity);
            string low = Text(Range.Minimum), high = Text(Range.Maximum);
            if (!hasHigh) return Range.MinimumIsExclusive ? $"above {low}" : $"at least {low}";
            return (Range.MinimumIsExclusive, Range.MaximumIsExclusive) switch
            {
                (false, false) => $"{low} to {high}",
                (true, false) => $"above {low} and at most {high}",
                (false, true) => $"at least {low} and below {high}",
                (true, true) => $"above {low} and below {high}",
            };
        }

        // with commas between thousands; very large and very small ones with an exponent
        private static string Text(object number)
        {
            double size = Math.Abs(Convert.ToDouble(number, CultureInfo.InvariantCulture));
            string format = size is 0 or (>= 1e-6 and < 1e15) ? "#,0.##########" : "";
            return ((IFormattable)number).ToString(format, CultureInfo.InvariantCulture);
        }
    }
}
