using System.Globalization;
using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Assignment;

namespace Kindred.Tests.OnlineExperiments;

public sealed class UnitHashTests
{
    /// <summary>GrowthBook's own vectors: packages/sdk-js/test/cases.json, "hash".</summary>
    [Theory]
    [InlineData(1, "", "a", .22), InlineData(1, "", "b", .077), InlineData(1, "b", "a", .946), InlineData(1, "ef", "d", .652)]
    [InlineData(1, "asdf", "8952klfjas09ujk", .549), InlineData(1, "", "123", .011), InlineData(1, "", "___)((*\":&", .563)]
    [InlineData(2, "seed", "a", .0505), InlineData(2, "seed", "b", .2696), InlineData(2, "foo", "ab", .2575)]
    [InlineData(2, "foo", "def", .2019), InlineData(2, "89123klj", "8952klfjas09ujkasdf", .124)]
    [InlineData(2, "90850943850283058242805", "123", .7516), InlineData(2, "()**(%$##$%#$#", "___)((*\":&", .0128)]
    public void GrowthBook_hashes_are_GrowthBooks(int version, string salt, string unit, double expected) =>
        Assert.Equal(expected, (version == 1 ? UnitHash.GrowthBook1 : UnitHash.GrowthBook2).Bucket(salt, unit));

    /// <summary>"inNamespace" of the same file.</summary>
    [Theory]
    [InlineData("1", "namespace1", false), InlineData("1", "namespace2", false), InlineData("2", "namespace1", false)]
    [InlineData("2", "namespace2", false), InlineData("3", "namespace1", false), InlineData("3", "namespace2", true)]
    [InlineData("4", "namespace1", false), InlineData("4", "namespace2", true)]
    public void Layers_are_GrowthBooks_namespaces(string unit, string name, bool isInFirstPart)
    {
        ExperimentLayer first = new(name, 0, .4), second = new(name, .4, 1);
        double bucket = ExperimentAssigner.LayerBucket(UnitHash.GrowthBook2, first, unit);
        Assert.Equal(isInFirstPart, ExperimentAssigner.IsWithin(first, bucket));
        Assert.Equal(!isInFirstPart, ExperimentAssigner.IsWithin(second, bucket));
    }

    /// <summary>"getBucketRange": arms, coverage, weights → ranges.</summary>
    [Theory]
    [InlineData(2, 1, null, "0 .5, .5 1"), InlineData(2, .5, null, "0 .25, .5 .75"), InlineData(2, 0, null, "0 0, .5 .5")]
    [InlineData(4, 1, null, "0 .25, .25 .5, .5 .75, .75 1"), InlineData(2, 1, ".4 .6", "0 .4, .4 1")]
    [InlineData(3, 1, ".2 .3 .5", "0 .2, .2 .5, .5 1"), InlineData(3, .2, ".2 .3 .5", "0 .04, .2 .26, .5 .6")]
    [InlineData(2, -.2, null, "0 0, .5 .5"), InlineData(2, 1.5, null, "0 .5, .5 1"), InlineData(2, 1, ".4 .1", "0 .5, .5 1")]
    [InlineData(2, 1, ".7 .6", "0 .5, .5 1"), InlineData(4, 1, ".4 .4 .2", "0 .25, .25 .5, .5 .75, .75 1")]
    [InlineData(2, 1, ".4 .5999", "0 .4, .4 .9999")]
    public void Ranges_are_GrowthBooks(int arms, double traffic, string? weights, string expected)
    {
        static double[] Numbers(string text) =>
            [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        var ranges = ArmRanges.Of(arms, traffic, weights is null ? null : Numbers(weights));
        double[][] wanted = [.. expected.Split(',').Select(Numbers)];
        Assert.Equal(wanted.Length, ranges.Length);
        for (int arm = 0; arm < arms; arm++)
        {
            Assert.Equal(wanted[arm][0], ranges[arm].From, 1e-9);
            Assert.Equal(wanted[arm][1], ranges[arm].To, 1e-9);
        }
    }

    /// <summary>"chooseVariation".</summary>
    [Theory]
    [InlineData(.2, "even", 0), InlineData(.4, "even", 0), InlineData(.6, "even", 1), InlineData(.8, "even", 1), InlineData(0, "even", 0)]
    [InlineData(.5, "even", 1), InlineData(.2, "reduced", 0), InlineData(.4, "reduced", -1), InlineData(.6, "reduced", 1)]
    [InlineData(.8, "reduced", -1), InlineData(.25, "reduced", -1), InlineData(.5, "reduced", 1), InlineData(.5, "zero", 2)]
    public void Arms_are_chosen_as_GrowthBook_does(double bucket, string name, int arm)
    {
        ReadOnlySpan<(double, double)> ranges = name switch
        {
            "even" => [(0, .5), (.5, 1)],
            "reduced" => [(0, .25), (.5, .75)],
            _ => [(0, .5), (.5, .5), (.5, 1)],
        };
        Assert.Equal(arm, ArmRanges.Choose(ranges, bucket));
    }

    [Theory]
    [InlineData(UnitHash.Sha256), InlineData(UnitHash.GrowthBook2)]
    public void Buckets_are_uniform_for_ids_of_all_kinds(UnitHash hash)
    {
        var random = new Random(5);
        (string Name, Func<int, string> Id)[] kinds =
        [
            ("sequential", n => $"{n}"), ("e-mail", n => $"user{n}@example.com"),
            ("UUID", _ => { var bytes = new byte[16]; random.NextBytes(bytes); return new Guid(bytes).ToString(); }),
        ];
        foreach (var (name, id) in kinds)
        {
            const int Units = 200_000, Cells = 100;
            var counts = new int[Cells];
            for (int n = 0; n < Units; n++) counts[(int)((hash.Bucket("salt", id(n)) * Cells) + 1e-9)]++;
            double chiSquared = counts.Sum(count => Math.Pow(count - (Units / Cells), 2) / (Units / (double)Cells));
            Assert.True(ChiSquared.Survival(chiSquared, Cells - 1) > 1e-4, $"{name}: χ² {chiSquared}");
        }
    }

    /// <summary>χ² of the 2 × 2 table of 100 pairs of salts: their p-values are uniform (Kolmogorov and Smirnov).</summary>
    [Fact]
    public void Two_salts_deal_independently()
    {
        const int Pairs = 100, Units = 4_000;
        double[] p = new double[Pairs];
        for (int pair = 0; pair < Pairs; pair++)
        {
            var table = new double[2, 2];
            for (int n = 0; n < Units; n++)
                table[UnitHash.Sha256.Bucket($"a{pair}", $"{n}") < .5 ? 0 : 1, UnitHash.Sha256.Bucket($"b{pair}", $"{n}") < .5 ? 0 : 1]++;
            double chiSquared = 0;
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 2; b++)
                {
                    double expected = (table[a, 0] + table[a, 1]) * (table[0, b] + table[1, b]) / Units;
                    chiSquared += Math.Pow(table[a, b] - expected, 2) / expected;
                }
            p[pair] = ChiSquared.Survival(chiSquared, 1);
        }
        Array.Sort(p);
        double distance = p.Select((value, n) => Math.Max(value - (n / (double)Pairs), ((n + 1) / (double)Pairs) - value)).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(Pairs), $"Kolmogorov–Smirnov {distance}"); // p about .001
    }

    [Fact]
    public void The_hash_is_pinned() // another value would deal every running experiment anew
    {
        double[] buckets = [.. ((string[])["1", "42", "Zoë"]).Select(unit => UnitHash.Sha256.Bucket("salt", unit))];
        double[] expected = [.. ((string[])["1", "42", "Zoë"]).Select(unit =>
        {
            byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"salt\0{unit}"));
            return (double)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash) % 10_000) / 10_000;
        })];
        Assert.Equal(expected, buckets);
    }
}
