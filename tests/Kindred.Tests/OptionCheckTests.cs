using System.ComponentModel.DataAnnotations;

namespace Kindred.Tests;

public sealed class OptionCheckTests
{
    private static Options Good => new();

    public static TheoryData<string, string, Options> Bad => new()
    {
        { "dimensions must be 1 to 4,096, was 300,000.", "Dimensions", Good with { Dimensions = 300_000 } },
        { "dimensions must be 1 to 4,096, was 0.", "Dimensions", Good with { Dimensions = 0 } },
        { "epochs must be at least 1, was -1.", "Epochs", Good with { Epochs = -1 } },
        { "learningRate must be above 0 and at most 1, was 0.", "LearningRate", Good with { LearningRate = 0 } },
        { "learningRate must be above 0 and at most 1, was NaN.", "LearningRate", Good with { LearningRate = float.NaN } },
        { "share must be at least 0 and below 1, was 1.", "Share", Good with { Share = 1 } },
        { "floor must be 0.000001 to 1, was 1E-09.", "Floor", Good with { Floor = 1e-9f } },
        { "regularization must be at least 0, was Infinity.", "Regularization", Good with { Regularization = double.PositiveInfinity } },
        { "pauseDays must be 0 to 36,500, was 40,000.5.", "PauseDays", Good with { PauseDays = 40_000.5 } },
        { "each of sizes must be 1 to 10, one was 11.", "Sizes", Good with { Sizes = [1, 11] } },
        { "each of mostOf must be at least 0, one was -1.", "MostOf",
            Good with { MostOf = new Dictionary<string, int> { ["a"] = 1, ["b"] = -1 } } },
        { "rule must be one of mean, sum, was 'product'.", "Rule", Good with { Rule = "product" } },
        { "day must be one of sunday, monday, tuesday, wednesday, thursday, friday, saturday, was 9.", "Day",
            Good with { Day = (DayOfWeek)9 } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_value_out_of_its_range_is_refused_in_one_sentence(string sentence, string option, Options options)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => OptionCheck.Check(options));
        Assert.Equal((sentence, option), (Assert.IsType<InputException>(error).Message, error.ParamName));
    }

    [Fact]
    public void The_bounds_themselves_and_values_left_out_are_taken()
    {
        OptionCheck.Check(Good);
        OptionCheck.Check(Good with { Dimensions = 4_096, LearningRate = 1, Share = 0, Floor = 1e-6f, PauseDays = null, Sizes = [],
            Rule = null });
    }

    public sealed record Options
    {
        [Range(1, 4_096)]
        public int Dimensions { get; init; } = 64;

        [Range(1, int.MaxValue)]
        public int Epochs { get; init; } = 10;

        [Range(0, 1.0, MinimumIsExclusive = true)]
        public float LearningRate { get; init; } = .05f;

        [Range(0, 1.0, MaximumIsExclusive = true)]
        public float Share { get; init; }

        [Range(1e-6, 1)]
        public float Floor { get; init; } = .01f;

        [Range(0, double.MaxValue)]
        public double Regularization { get; init; }

        [Range(0.0, 36_500)]
        public double? PauseDays { get; init; }

        [Range(1, 10)]
        public IReadOnlyList<int> Sizes { get; init; } = [4];

        [Range(0, int.MaxValue)]
        public IReadOnlyDictionary<string, int> MostOf { get; init; } = new Dictionary<string, int>();

        [AllowedValues("mean", "sum")]
        public string? Rule { get; init; } = "mean";

        public DayOfWeek Day { get; init; }
    }
}
