using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Kindred.Storage;

namespace Kindred.Models;

/// <summary>
/// The options of a trainer by name: the properties of its record that can be set, in camelCase, those of its family first. A trainer with
/// other defaults than its family sets them in its constructor.
/// </summary>
public static class TrainerOptions
{
    private static readonly JsonSerializerOptions Json = new(SealedFolder.Json)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepOptions } },
    };

    /// <returns>The effective options: also those left at their default.</returns>
    public static JsonObject Of(ITrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return JsonSerializer.SerializeToNode(trainer, trainer.GetType(), Json)!.AsObject();
    }

    /// <returns>The options of a trainer at their defaults.</returns>
    public static JsonObject DefaultsOf(Type trainer) => Of((ITrainer)Activator.CreateInstance(trainer)!);

    /// <returns>The names of a trainer's options.</returns>
    internal static IReadOnlyList<string> NamesOf(Type trainer) => [.. Json.GetTypeInfo(trainer).Properties.Select(p => p.Name)];

    /// <returns>The values that options may take, by name, such as "at least 1" or "0 to 1"; without those that have no limits.</returns>
    internal static IReadOnlyDictionary<string, string> RangesOf(Type trainer) => OptionCheck.RangesOf(trainer);

    /// <param name="trainer">The trainer's type.</param>
    /// <param name="options">Option values by name; the others keep their defaults.</param>
    /// <exception cref="InputException">There is no such option, or the value does not fit or is out of its range.</exception>
    public static ITrainer Create(Type trainer, JsonObject options)
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
    public static T Load<T>(TensorFile file, string name = "options") where T : ITrainer, new()
    {
        ArgumentNullException.ThrowIfNull(file);
        return (T)Read(typeof(T), JsonNode.Parse(file.Text(name))!.AsObject());
    }

    // a model that was saved opens whatever the ranges are by now
    private static ITrainer Read(Type trainer, JsonObject options)
    {
        try
        {
            return (ITrainer)options.Deserialize(trainer, Json)!;
        }
        catch (JsonException e)
        {
            throw new InputException(FaultIn(trainer, options) ?? $"The options of {trainer.Name} cannot be used: {e.Message}", e);
        }
    }

    private static string? FaultIn(Type trainer, JsonObject options)
    {
        string name = ((ITrainer)Activator.CreateInstance(trainer)!).Summary.Name;
        var known = Json.GetTypeInfo(trainer).Properties.ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var (option, value) in options)
        {
            if (!known.TryGetValue(option, out var type)) return $"{name} has no option '{option}'{Spelling.Hint(option, [.. known.Keys])}";
            if (!IsOf(type, value)) return $"{option} of {name} must be {InWords(type)}, was {(value is null ? "null" : $"'{value}'")}.";
        }
        return null;
    }

    private static bool IsOf(Type type, JsonNode? value)
    {
        try
        {
            return value.Deserialize(type, Json) is not null || Nullable.GetUnderlyingType(type) is not null || !type.IsValueType;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string InWords(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(float) || type == typeof(double) ? "a number"
            : "a text";
    }

    private static void KeepOptions(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(ITrainer))) return;
        for (int n = type.Properties.Count - 1; n >= 0; n--)
        {
            var property = type.Properties[n];
            if (property.Set is null) type.Properties.RemoveAt(n);
            else property.Order = Depth(((MemberInfo)property.AttributeProvider!).DeclaringType!);
        }
    }

    // of a type below object: what a family shares comes first
    private static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
