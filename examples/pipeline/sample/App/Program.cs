using Records;
using Labels;

var invoice = new Invoice(7, "Blue paint", 12.50m);
var customer = new Customer("Ada", "London");
Console.WriteLine(Label.Of(invoice.Title, customer.Name));
