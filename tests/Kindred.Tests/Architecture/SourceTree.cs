using System.Text.RegularExpressions;
using ArchUnitNET.Loader;
using Kindred.Tests.Support;

namespace Kindred.Tests.Architecture;

/// <summary>
/// The folders that the types of a project lie in, and the arrows between them. Namespaces do not say it: the door is one for all folders.
/// </summary>
internal sealed partial class SourceTree
{
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);
    private readonly ArchUnitNET.Domain.Architecture _types;

    /// <param name="project">Its folder in src.</param>
    public SourceTree(string project, System.Reflection.Assembly assembly)
    {
        string root = Path.Combine(RealData.Root, "src", project);
        foreach (string file in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/');
            string text = File.ReadAllText(file);
            string space = Namespace().Match(text).Groups[1].Value;
            foreach (Match type in TopLevelType().Matches(text)) _folders[$"{space}.{type.Groups[1].Value}"] = folder == "." ? "" : folder;
        }
        _types = new ArchLoader().LoadAssemblies(assembly).Build();
    }

    /// <returns>Each use of a type in another folder, by the folders' paths below the project; "" is the project's own folder.</returns>
    public IEnumerable<(string From, string To, string Use)> Arrows =>
        from type in _types.Types
        let origin = FolderOf(type.FullName)
        where origin is not null
        from dependency in type.Dependencies
        let target = FolderOf(dependency.Target.FullName)
        where target is not null && target != origin
        select (origin, target, $"{type.FullName} uses {dependency.Target.FullName}");

    /// <returns>Folders that use each other by some way round, each as a sentence of the folders in it; empty: there is no cycle.</returns>
    public static IReadOnlyList<string> Cycles(IEnumerable<(string From, string To)> arrows)
    {
        var next = arrows.Distinct().ToLookup(arrow => arrow.From, arrow => arrow.To);
        HashSet<string> Reached(string from)
        {
            var (seen, open) = (new HashSet<string>(), new Stack<string>([from]));
            while (open.TryPop(out string? at)) foreach (string to in next[at]) if (seen.Add(to)) open.Push(to);
            return seen;
        }
        var reached = next.Select(folder => folder.Key).ToDictionary(folder => folder, Reached);
        return
        [
            .. reached.Where(folder => folder.Value.Contains(folder.Key))
                .Select(folder => string.Join(
                    ", ", folder.Value.Where(other => reached.TryGetValue(other, out var back) && back.Contains(folder.Key)).Order()))
                .Distinct(),
        ];
    }

    private string? FolderOf(string fullName)
    {
        string name = fullName.Split('+', '/', '<', '`')[0];
        return _folders.GetValueOrDefault(name);
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:(?:public|internal|sealed|static|abstract|readonly|partial|unsafe|ref|file) )*(?:class|record struct|record|struct|interface|enum|delegate [\w<>]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();
}
