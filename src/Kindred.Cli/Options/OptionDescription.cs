using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kindred.Cli.Options;

/// <summary>What a trainer's option means: the summary of its property, which the compiler writes beside the assembly.</summary>
internal static partial class OptionDescription
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Summaries = new();

    /// <param name="option">Its name, camelCase.</param>
    /// <returns>Null: it has none, or the file is missing.</returns>
    public static string? Of(Type trainer, string option)
    {
        var property = trainer.GetProperties().FirstOrDefault(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name) == option);
        return property?.DeclaringType is { } type
            ? Summaries.GetOrAdd(type.Assembly, Read).GetValueOrDefault($"P:{type.FullName}.{property.Name}")
            : null;
    }

    private static IReadOnlyDictionary<string, string> Read(Assembly assembly)
    {
        string file = Path.ChangeExtension(assembly.Location, ".xml");
        return !File.Exists(file)
            ? new Dictionary<string, string>()
            : XDocument.Load(file).Descendants("member").Where(member => member.Element("summary") is not null)
                .ToDictionary(member => member.Attribute("name")!.Value, member => TextOf(member.Element("summary")!));
    }

    // a reference to another member is its name: P:Kindred.Bpr.Epochs is Epochs
    private static string TextOf(XElement summary)
    {
        var parts = summary.Nodes().Select(node => node is XElement element
            && (element.Attribute("cref") ?? element.Attribute("name")) is { } target
            ? target.Value.Split('(')[0].Split('.', ':')[^1]
            : node is XElement other ? other.Value : $"{node}");
        return Spaces().Replace(string.Concat(parts), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
