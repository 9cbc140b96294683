using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace Kindred.Cli.Options;

/// <summary>
/// <c>kindred.json</c>: values of options that are not given, in the folder or the nearest one above it. Names are those of options
/// without the hyphens, at the top for every command that has them, or in an object that is called like a command.
/// </summary>
/// <param name="Path">Of the file.</param>
/// <param name="Values">By command, <c>""</c> for all, such as <c>pipeline evaluate</c>, then by option.</param>
internal sealed record DefaultsFile(string Path, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string[]>> Values)
{
    public const string Name = "kindred.json";

    private static readonly JsonDocumentOptions Relaxed = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <param name="folder">Where to begin to look.</param>
    /// <param name="root">Has the commands and options that the file may name.</param>
    /// <returns>Null: there is none.</returns>
    /// <exception cref="InputException">The file cannot be read, or names what does not exist.</exception>
    public static DefaultsFile? Find(string folder, Command root)
    {
        for (string? at = System.IO.Path.GetFullPath(folder); at is not null; at = System.IO.Path.GetDirectoryName(at))
        {
            string path = System.IO.Path.Combine(at, Name);
            if (File.Exists(path)) return Read(path, root);
        }
        return null;
    }

    /// <returns>
    /// The arguments with the defaults of options that the command has and that are not given, and what was added, as it would be typed.
    /// </returns>
    public (string[] Arguments, string[] Added) Complete(string[] arguments, ParseResult parse)
    {
        var command = parse.CommandResult;
        string[] added =
        [
            .. OptionsOf(command).Where(option => parse.GetResult(option) is null or { Implicit: true })
                .SelectMany(option => Texts(option, ValuesFor(PathOf(command), option.Name[2..]))),
        ];
        int end = Array.IndexOf(arguments, "--");
        return ([.. end < 0 ? arguments : arguments[..end], .. added, .. end < 0 ? [] : arguments[end..]], added);
    }

    private static DefaultsFile Read(string path, Command root)
    {
        var values = new Dictionary<string, IReadOnlyDictionary<string, string[]>>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Relaxed);
            Read(document.RootElement, root, "", path, values);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
        return new(path, values);
    }

    private static void Read(
        JsonElement json, Command command, string name, string path, Dictionary<string, IReadOnlyDictionary<string, string[]>> values)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: {(name.Length == 0 ? "the file" : name)} must be an object with names of options.");
        // at the top, the options of all commands
        string[] options = [.. (name.Length == 0 ? AllBelow(command) : [command]).SelectMany(c => c.Options)
            .Concat(GlobalOptions.All).Select(option => option.Name).Where(option => option.StartsWith("--", StringComparison.Ordinal))
            .Select(option => option[2..]).Except(["help", "version"]).Distinct()];
        var own = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == property.Name) is { } inner)
                Read(property.Value, inner, name.Length == 0 ? inner.Name : $"{name} {inner.Name}", path, values);
            else if (options.Contains(property.Name)) own[property.Name] = TextsOf(property, path);
            else
                throw new InputException($"{path}: {(name.Length == 0 ? "" : $"{name} has no option and ")}there is no "
                    + $"{property.Name}{Misspelling.Near(property.Name, [.. options, .. command.Subcommands.Select(c => c.Name)])}");
        }
        values[name] = own;
    }

    private static string[] TextsOf(JsonProperty property, string path) => property.Value.ValueKind switch
    {
        JsonValueKind.String => [property.Value.GetString()!],
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => [property.Value.GetRawText()],
        JsonValueKind.Array when property.Value.EnumerateArray().All(e => e.ValueKind is JsonValueKind.String or JsonValueKind.Number) =>
            [.. property.Value.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : e.GetRawText())],
        _ => throw new InputException($"{path}: {property.Name} must be a text, a number, true, false, or a list of texts."),
    };

    private string[] ValuesFor(string command, string option)
    {
        for (string name = command; ; name = name.Contains(' ') ? name[..name.LastIndexOf(' ')] : "")
        {
            if (Values.TryGetValue(name, out var values) && values.TryGetValue(option, out string[]? texts)) return texts;
            if (name.Length == 0) return [];
        }
    }

    private static IEnumerable<string> Texts(Option option, string[] values) =>
        option is Option<bool> ? values.Where(value => value == "true").Select(_ => option.Name)
        : values.Select(value => $"{option.Name}={value}");

    private static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        bool isInherited = false;
        for (var at = result; at is not null; at = at.Parent as CommandResult)
        {
            foreach (var option in at.Command.Options)
                if ((!isInherited || option.Recursive) && option.Name.StartsWith("--", StringComparison.Ordinal)) yield return option;
            isInherited = true;
        }
    }

    private static string PathOf(CommandResult result)
    {
        string path = result.Command.Name;
        for (var at = result.Parent as CommandResult; at?.Parent is CommandResult; at = at.Parent as CommandResult)
            path = $"{at.Command.Name} {path}";
        return path;
    }

    private static IEnumerable<Command> AllBelow(Command command) => command.Subcommands.SelectMany(AllBelow).Prepend(command);
}
