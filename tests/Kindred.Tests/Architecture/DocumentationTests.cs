using System.Text.RegularExpressions;
using Kindred.Tests.Support;

namespace Kindred.Tests.Architecture;

/// <summary>The texts tell the truth about the tree.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Texts =>
    [
        .. Directory.GetFiles(RealData.Root, "*.md"),
        .. Directory.GetFiles(Path.Combine(RealData.Root, "docs"), "*.md", SearchOption.AllDirectories),
        .. Directory.GetFiles(Path.Combine(RealData.Root, "samples"), "*.md", SearchOption.AllDirectories),
    ];

    [Theory, MemberData(nameof(Texts))]
    public void Every_link_to_a_file_leads_somewhere(string text)
    {
        foreach (Match link in Link().Matches(File.ReadAllText(text)))
        {
            string target = link.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith('#')) continue;
            string path = Path.Combine(Path.GetDirectoryName(text)!, target.Split('#')[0]);
            Assert.True(File.Exists(path) || Directory.Exists(path),
                $"{Path.GetRelativePath(RealData.Root, text)} links to {target}, which does not exist");
        }
    }

    [Fact]
    public void The_architecture_has_a_heading_for_every_folder_and_project()
    {
        string text = File.ReadAllText(Path.Combine(RealData.Root, "ARCHITECTURE.md"));
        foreach (string folder in Directory.GetDirectories(Path.Combine(RealData.Root, "src", "Kindred")))
            Assert.Contains($"`{Path.GetFileName(folder)}/`", text);
        foreach (string project in Directory.GetDirectories(Path.Combine(RealData.Root, "src")))
            Assert.Contains($"`{Path.GetFileName(project)}`", text);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
