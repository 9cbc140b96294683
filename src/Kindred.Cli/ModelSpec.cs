using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Cli;

/// <summary>A trainer as it is written on the command line: <c>item-knn</c>, or <c>implicit-als:dimensions=128,epochs=20</c>.</summary>
/// <param name="Name">As it was written: the model's name in tables, and what to type to get it again.</param>
internal sealed record ModelSpec(string Name, ITrainer Trainer)
{
    public static ModelSpec Popularity { get; } = Parse("popularity");

    public static ModelSpec ItemKnn { get; } = Parse("item-knn");

    /// <summary>What suits the data, simplest first.</summary>
    public static IReadOnlyList<ModelSpec> DefaultsFor(Interactions interactions)
    {
        var profile = DataProfile.Of(
            interactions, ValueKind.None, Catalog.Empty(interactions.Items.Count), Catalog.Empty(interactions.Users.Count));
        return [.. Shortlist.For(profile).Entries.Select(entry => new ModelSpec(entry.Name, entry.Trainer))];
    }

    public static Option<string?> Option(string description) =>
        new("--model", "-m")
        {
            Description = $"{description} A name from `kindred models`, with options: name:option=value,option=value.",
            HelpName = "model"
        };

    public static Option<string> FallbackOption(string description) => new("--fallback")
    {
        Description = description,
        HelpName = "model",
        DefaultValueFactory = _ => Popularity.Name,
    };

    /// <exception cref="InputException">No such model, no such option, or a value that does not fit.</exception>
    public static ModelSpec Parse(string text) => new(text.Trim(), CommandLine.Trainers.Create(NameIn(text), OptionsIn(text)));

    /// <summary>A trainer as it is written: its options that are not the defaults.</summary>
    /// <param name="options">All of its options.</param>
    public static ModelSpec Of(string name, JsonObject options)
    {
        var defaults = TrainerOptions.Of(CommandLine.Trainers.Create(name));
        string[] given = [.. options.Where(o => o.Value?.ToJsonString() != defaults[o.Key]?.ToJsonString()).Select(o => $"{o.Key}={o.Value}")];
        return Parse(given.Length == 0 ? name : $"{name}:{string.Join(',', given)}");
    }

    /// <summary>The options that are written, by name.</summary>
    public IEnumerable<string> Given => OptionsIn(Name).Select(option => option.Key);

    /// <returns>The options that are written in a text such as <c>item-knn:neighbours=50</c>.</returns>
    public static JsonObject OptionsIn(string text)
    {
        string[] parts = text.Trim().Split(':', 2);
        CommandLine.Trainers.Find(parts[0]);
        var options = new JsonObject();
        foreach (string pair in parts.Length < 2 ? [] : parts[1].Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = pair.Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides.Length < 2 || sides[0].Length == 0 || sides[1].Length == 0)
                throw new InputException($"'{pair}' in --model {text} is not option=value; write {parts[0]}:option=value,option=value.");
            if (!options.TryAdd(sides[0], ValueOf(sides[1])))
                throw new InputException($"The option {sides[0]} is given twice in --model {text}.");
        }
        return options;
    }

    private static string NameIn(string text) => text.Trim().Split(':', 2)[0];

    private static JsonValue ValueOf(string text) =>
        bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : long.TryParse(text, CultureInfo.InvariantCulture, out long whole) ? JsonValue.Create(whole)
        : double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}
