using System.Text;
using BuildCache.Configuration;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Configuration;

public sealed class SettingsFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void An_absent_file_says_nothing() => Assert.Equal(new SettingsFile(), SettingsFile.Read(_folder.PathOf("buildcache.json"), SettingSource.User));

    [Fact]
    public void All_settings_are_read_with_comments_and_trailing_commas() =>
        Assert.Equal(
            new SettingsFile("p", "/store", "team:t", "Off"),
            Read("""
                {
                  "$schema": "x", // which one
                  "project": "p", /* its name */
                  "store": "/store", "scope": "team:t", "mode": "Off",
                }
                """));

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Equal(new SettingsFile("p"), Read("\ufeff" + """{"project":"p"}"""));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("banana")]
    [InlineData("[]")]
    [InlineData("\"project\"")]
    [InlineData("""{"project":1}""")]
    [InlineData("""{"project":null}""")]
    [InlineData("""{"project":""}""")]
    [InlineData("""{"Project":"p"}""")]
    [InlineData("""{"projekt":"p"}""")]
    [InlineData("\0\0\0\0")]
    public void Anything_else_is_an_invalid_configuration_that_names_the_file(string json) =>
        Assert.Contains("buildcache.json", Fails.With(ErrorId.InvalidConfiguration, () => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_message_names_the_setting_that_is_none() =>
        Assert.Contains("projekt", Fails.With(ErrorId.InvalidConfiguration, () => Read("""{"projekt":"p"}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_workspace_with_a_malformed_file_is_refused()
    {
        _folder.File("buildcache.json", "{");

        Fails.With(ErrorId.InvalidConfiguration, () => Workspace.Find(_folder.Root));
    }

    private SettingsFile Read(string json) => SettingsFile.Read(_folder.File("buildcache.json", Encoding.UTF8.GetBytes(json)), SettingSource.Checkout);

    public void Dispose() => _folder.Dispose();
}
