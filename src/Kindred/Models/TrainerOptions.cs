using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>
/// The options of a trainer by name: the properties of its record that can be set, in camelCase, those of its family first. A trainer with
/// other defaults than its family sets them in its constructor.
/// </summary>
public static class TrainerOptions
{
    /// <summary>What a trimmed program keeps of a trainer's type.</summary>
    internal const DynamicallyAccessedMemberTypes Kept =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <returns>The options, also those left at their default, but for those that follow from the data.</returns>
    public static JsonObject Of(ITrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (var option in OptionsOf(trainer.GetType()))
                if (option.GetValue(trainer) is { } value) OptionValue.Write(writer, NameOf(option), value);
            writer.WriteEndObject();
        }
        return JsonNode.Parse(text.ToArray())!.AsObject();
    }

    /// <returns>The options of a trainer at their defaults.</returns>
    public static JsonObject DefaultsOf([DynamicallyAccessedMembers(Kept)] Type trainer) => Of(New(trainer));

    /// <returns>The names of a trainer's options.</returns>
    internal static IReadOnlyList<string> NamesOf([DynamicallyAccessedMembers(Kept)] Type trainer) =>
        [.. OptionsOf(trainer).Select(NameOf)];

    /// <returns>The values that options may take, by name, such as "at least 1" or "0 to 1"; without those that have no limits.</returns>
    internal static IReadOnlyDictionary<string, string> RangesOf([DynamicallyAccessedMembers(Kept)] Type trainer) =>
        OptionCheck.RangesOf(trainer);

    /// <param name="trainer">The trainer's type.</param>
    /// <param name="options">Option values by name; the others keep their defaults.</param>
    /// <exception cref="InputException">There is no such option, or the value does not fit or is out of its range.</exception>
    public static ITrainer Create([DynamicallyAccessedMembers(Kept)] Type trainer, JsonObject options)
    {
        var created = Read(trainer, options);
        OptionCheck.Check(created);
        return created;
    }

    /// <returns>The trainer with some options changed.</returns>
    /// <exception cref="InputException">There is no such option, or the value does not fit.</exception>
    public static ITrainer With(ITrainer trainer, JsonObject options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var all = Of(trainer);
        foreach (var (name, value) in options) all[name] = value?.DeepClone();
        return Create(trainer.GetType(), all);
    }

    /// <summary>Keeps the options a model was trained with beside its arrays.</summary>
    public static void Save(TensorWriter writer, ITrainer trainer, string name = "options")
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.AddText(name, Of(trainer).ToJsonString());
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InputException">The file has no such text, or it is of another trainer.</exception>
    public static T Load<[DynamicallyAccessedMembers(Kept)] T>(TensorFile file, string name = "options") where T : ITrainer, new()
    {
        ArgumentNullException.ThrowIfNull(file);
        return (T)Read(typeof(T), JsonNode.Parse(file.Text(name))!.AsObject());
    }

    // a model that was saved opens whatever the ranges are by now
    private static ITrainer Read([DynamicallyAccessedMembers(Kept)] Type trainer, JsonObject options)
    {
        var created = New(trainer);
        string name = created.Summary.Name;
        var known = OptionsOf(trainer).ToDictionary(NameOf, StringComparer.OrdinalIgnoreCase);
        foreach (var (option, value) in options)
        {
            if (!known.TryGetValue(option, out var property))
                throw new InputException($"{name} has no option '{option}'{Spelling.Hint(option, [.. known.Keys])}");
            if (!OptionValue.TryRead(value, property.PropertyType, out object? read) || (read is null && NeedsText(property, created)))
                throw new InputException($"{option} of {name} must be {OptionValue.InWords(property.PropertyType)}, " +
                    $"was {(value is null ? "null" : $"'{value}'")}.");
            property.SetValue(created, read);
        }
        return created;
    }

    private static ITrainer New([DynamicallyAccessedMembers(Kept)] Type trainer) => (ITrainer)Activator.CreateInstance(trainer)!;

    // what a family shares comes first
    private static IEnumerable<PropertyInfo> OptionsOf([DynamicallyAccessedMembers(Kept)] Type trainer) =>
        trainer.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property is { CanRead: true, SetMethod.IsPublic: true })
            .OrderBy(property => Depth(property.DeclaringType!));

    private static bool NeedsText(PropertyInfo option, ITrainer defaults) =>
        option.PropertyType == typeof(string) && option.GetValue(defaults) is not null;

    private static string NameOf(PropertyInfo option) => JsonNamingPolicy.CamelCase.ConvertName(option.Name);

    // of a type below object
    private static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
