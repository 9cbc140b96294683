using Kindred.ExposureContracts;

namespace Kindred.Tests.ExposureContracts;

public sealed class ContractTermsTests
{
    private static readonly DateTimeOffset Began = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ContractTerms Terms = new(180, 100, Began);

    /// <summary>All in 90 of 100 hours: two an hour.</summary>
    [Theory]
    [InlineData(-1, 0), InlineData(0, 0), InlineData(10, 20), InlineData(45, 90), InlineData(90, 180), InlineData(99, 180)]
    public void Impressions_are_due_evenly(double hours, double due) =>
        Assert.Equal(due, Terms.DueBy(Began.AddHours(hours)), 1e-9);

    [Fact]
    public void Items_that_are_behind_are_shown()
    {
        Assert.False(Terms.IsBehind(0, Began));
        Assert.True(Terms.IsBehind(19, Began.AddHours(10)));
        Assert.False(Terms.IsBehind(20, Began.AddHours(10)));
        Assert.Equal(.05, Terms.Shortfall(11, Began.AddHours(10)), 1e-9); // 9 of 180
    }

    /// <summary>Of Beta(1, 60) a part of .99⁶⁰ = .547 is above .01, and .95⁶⁰ = .046 above .05.</summary>
    [Theory]
    [InlineData(180, 100, .05, ContractState.Kept)]
    [InlineData(100, 50, .01, ContractState.Running)]
    [InlineData(100, 50, .05, ContractState.Hopeless)]
    [InlineData(100, 100, .01, ContractState.Missed)]
    [InlineData(179, 99.9, .01, ContractState.Running)]
    public void A_contract_ends_when_it_is_kept_hopeless_or_over(int given, double hours, double threshold, object state) =>
        Assert.Equal((ContractState)state, Terms.StateAt(Began.AddHours(hours), given, new(1, 60), threshold));

    /// <summary>A fifth of what was promised, and five impressions.</summary>
    [Theory]
    [InlineData(180, 35, ContractState.Running), InlineData(180, 36, ContractState.Hopeless)]
    [InlineData(10, 4, ContractState.Running), InlineData(10, 5, ContractState.Hopeless)]
    [InlineData(3, 2, ContractState.Running)]
    public void No_item_is_hopeless_before_it_was_shown(int promised, int given, object state) => Assert.Equal(
        (ContractState)state, (Terms with { Impressions = promised }).StateAt(Began.AddHours(1), given, new(1, 60), .05));
}
