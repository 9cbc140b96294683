using System.Reflection;
using System.Xml.Linq;
using Kindred.Models;
using Kindred.Tests.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Architecture;

/// <summary>The arrows between folders and between projects, and the rules that hold for all types.</summary>
public sealed class ArchitectureTests
{
    /// <summary>In the order in which data passes through them: a folder may use only those before it.</summary>
    private static readonly string[] Folders =
        [
            "Numerics", "Storage", "Data", "Splitting", "Models", "Partitions", "Pipelines", "Retrieval", "Ranking", "Reranking",
            "Configuration", "Snapshots", "Evaluation", "Tuning",
            "Comparison", "Onboarding", "ExposureContracts", "OnlineExperiments", "OffPolicy", "Reports",
        ];

    private static readonly Assembly Kindred = typeof(ITrainer).Assembly;

    private static readonly SourceTree Tree = new("Kindred", Kindred);

    [Fact]
    public void Every_folder_has_its_place_in_the_order() =>
        Assert.Equal(
            Folders.Order(), Directory.GetDirectories(Path.Combine(RealData.Root, "src", "Kindred")).Select(Path.GetFileName).Order());

    [Fact]
    public void Folders_use_only_those_before_them()
    {
        var arrows = Tree.Arrows.Select(arrow => (From: Top(arrow.From), To: Top(arrow.To), arrow.Use))
        .Where(arrow => arrow.From != arrow.To).ToList();
        // the project's own folder is the door: it may use all, and what is below it uses how input is refused alone
        Assert.Empty(arrows.Where(arrow => arrow.From != "" && arrow.To != ""
            && Array.IndexOf(Folders, arrow.To) > Array.IndexOf(Folders, arrow.From))
            .Select(arrow => arrow.Use).Distinct());
        Assert.Empty(arrows.Where(arrow => arrow.To == "" && !RefusesInput(arrow.Use)).Select(arrow => arrow.Use).Distinct());
        Assert.True(arrows.Count > 100, $"only {arrows.Count} arrows were seen: the test looks at nothing");

        static string Top(string folder) => folder.Split('/')[0];
        static bool RefusesInput(string use) =>
            use.Contains("Kindred.InputException", StringComparison.Ordinal)
            || use.Contains("Kindred.OptionCheck", StringComparison.Ordinal)
            || use.Contains("Kindred.Spelling", StringComparison.Ordinal)
            || use.Contains("Kindred.PlainText", StringComparison.Ordinal);
    }

    /// <summary>Within these folders no folder uses another that uses it, by whatever way round.</summary>
    [Theory]
    [InlineData("Numerics")]
    [InlineData("Models")]
    [InlineData("Comparison")]
    [InlineData("Retrieval")]
    [InlineData("Pipelines")]
    [InlineData("Evaluation")]
    [InlineData("Reports")]
    [InlineData("Reranking")]
    [InlineData("Ranking")]
    [InlineData("OnlineExperiments")]
    public void Folders_within_a_folder_make_no_cycle(string root)
    {
        bool IsInside(string folder) => folder == root || folder.StartsWith($"{root}/", StringComparison.Ordinal);
        var arrows = Tree.Arrows.Where(arrow => IsInside(arrow.From) && IsInside(arrow.To)).ToList();
        Assert.Empty(SourceTree.Cycles(arrows.Select(arrow => (arrow.From, arrow.To))));
        bool hasFolders = Directory.GetDirectories(Path.Combine(RealData.Root, "src", "Kindred", root)).Length > 0;
        Assert.True(arrows.Count > 0 == hasFolders, $"{root}: {arrows.Count} arrows were seen");
    }

    /// <summary>
    /// What commands share lies in Options and Output, or in the library; the project's own folder starts the command, and that is all.
    /// </summary>
    [Fact]
    public void The_folders_of_the_command_use_only_those_before_them()
    {
        string[] order = ["Output", "Options", "Commands"];
        string root = Path.Combine(RealData.Root, "src", "Kindred.Cli");
        Assert.Equal(["CommandLine.cs", "Program.cs", "ShutdownSignal.cs"], Directory.GetFiles(root, "*.cs").Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        for (int n = 0; n < order.Length; n++)
            foreach (string file in Directory.GetFiles(Path.Combine(root, order[n]), "*.cs"))
            {
                string text = File.ReadAllText(file);
                Assert.True(text.Contains($"namespace Kindred.Cli.{order[n]};", StringComparison.Ordinal),
                    $"{file} has the namespace of another folder");
                foreach (string later in order[(n + 1)..])
                    Assert.False(text.Contains($"Cli.{later}", StringComparison.Ordinal), $"{file} uses {later}");
                foreach (string name in (string[])["CommandLine.", "ShutdownSignal"])
                    Assert.False(text.Replace("System.CommandLine", "").Contains(name, StringComparison.Ordinal), $"{file} uses {name}");
            }
    }

    [Fact]
    public void The_library_has_no_package_with_native_code()
    {
        var project = XDocument.Load(Path.Combine(RealData.Root, "src", "Kindred", "Kindred.csproj"));
        // analyzers run in the build alone
        var packages = project.Descendants("PackageReference").Where(p => p.Attribute("PrivateAssets")?.Value != "all");
        Assert.Equal(["System.IO.Hashing"], packages.Select(p => p.Attribute("Include")!.Value));
        Assert.Empty(project.Descendants("ProjectReference"));
    }

    [Fact]
    public void Projects_point_one_way()
    {
        string[] order = ["Kindred", "Kindred.Client", "Kindred.Aspire.Client", "Kindred.Aspire.Hosting", "Kindred.Store", "Kindred.Import",
            "Kindred.Boosting", "Kindred.Neural", "Kindred.Text", "Kindred.Onnx", "Kindred.VectorData", "Kindred.AspNetCore",
            "Kindred.Server", "Kindred.Cluster", "Kindred.Cli", "Kindred.Neural.Cli"];
        foreach (string name in order)
        {
            var project = XDocument.Load(Path.Combine(RealData.Root, "src", name, $"{name}.csproj"));
            foreach (var reference in project.Descendants("ProjectReference"))
            {
                string target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
                Assert.True(
                    Array.IndexOf(order, target) is >= 0 and var to && to < Array.IndexOf(order, name), $"{name} refers to {target}");
            }
        }
    }

    [Fact]
    public void Every_trainer_is_a_sealed_record_in_the_catalog_and_under_contract()
    {
        Type[] trainers = [.. Kindred.GetTypes().Where(t => t.IsAssignableTo(typeof(ITrainer)) && !t.IsAbstract)];
        Assert.NotEmpty(trainers);
        Assert.Equal(trainers.Select(t => t.Name).Order(), TrainerCatalog.Default.Entries.Values.Select(e => e.Type.Name).Order());
        var contracts = typeof(ModelContract).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ModelContract))).Select(t => t.Name)
            .ToHashSet();
        string readme = File.ReadAllText(Path.Combine(RealData.Root, "README.md"));
        foreach (var trainer in trainers)
        {
            Assert.True(trainer.IsSealed && trainer.GetMethod("<Clone>$") is not null, $"{trainer.Name} is not a sealed record");
            Assert.True(contracts.Contains($"{trainer.Name}Tests"), $"{trainer.Name} has no test that derives from ModelContract");
            Assert.Contains($"`{TrainerCatalog.Default.Entries.First(e => e.Value.Type == trainer).Key}`", readme);
        }
    }

    [Fact]
    public void Public_types_have_no_public_fields_and_are_sealed()
    {
        foreach (var type in Kindred.GetExportedTypes().Where(t => !t.IsEnum))
        {
            var fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Where(f => !f.IsLiteral);
            Assert.True(!fields.Any(), $"{type.FullName} has a public field");
            // options that a family shares are written in one abstract record
            bool isFamily = type.IsAbstract && type.GetMethod("<Clone>$") is not null;
            Assert.True(type.IsSealed || type.IsInterface || isFamily, $"{type.FullName} is not sealed");
        }
    }

    [Fact]
    public void Interfaces_have_at_most_three_members()
    {
        foreach (var type in Kindred.GetExportedTypes().Where(t => t.IsInterface))
        {
            int members = type.GetMembers().Count(m => m is not MethodInfo { IsSpecialName: true });
            Assert.True(members <= 3, $"{type.FullName} has {members} members");
        }
    }

    [Fact]
    public void No_type_is_named_after_nothing()
    {
        string[] forbidden = ["Manager", "Helper", "Util", "Utils", "Common", "Base", "Impl", "Processor", "Service", "Info"];
        Assert.DoesNotContain(Kindred.GetTypes(), type => forbidden.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal)));
    }
}
